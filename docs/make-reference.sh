#!/bin/bash
# Builds the API reference of all public modules in .build-docs/site, and fails on any warning and on
# every public symbol without documentation. Needs the toolchain alone, no network.
set -euo pipefail
cd "$(dirname "$0")/.."

# In the order of imports: links lead to modules further up.
modules=(Configuration TensorCore Layers Ranking AESM2 Baselines Datasets DatasetImport
  SyntheticData Training Experiments Reporting RankingTool RankingFramework)
out=$PWD/.build-docs
docc=$(dirname "$(readlink -f "$(command -v swift)")")/docc
[ -x "$docc" ] || docc=$(xcrun --find docc)

mkdir -p "$out/symbols"
swift build --scratch-path "$out" --target RankingFramework \
  -Xswiftc -emit-symbol-graph -Xswiftc -emit-symbol-graph-dir -Xswiftc "$out/symbols" \
  -Xswiftc -symbol-graph-minimum-access-level -Xswiftc public \
  -Xswiftc -symbol-graph-skip-synthesized-members > "$out/build.log" 2>&1 ||
  { cat "$out/build.log" >&2; exit 1; }

# The settings of these types are documented by the sentence of @Setting.
settings=$(grep -rhA9 'swift-format-ignore: AllPublicDeclarations' Sources baselines --include '*.swift' |
  sed -nE 's/.*public struct ([A-Za-z0-9]+): HyperparameterSet.*/\1/p' | sort -u | paste -sd '|' -)

rm -rf "$out/archives" "$out/site"
mkdir -p "$out/archives"
archives=()
dependencies=()
count=0
faults=0
for module in "${modules[@]}"; do
  folder=Sources/$module
  [ -d "$folder" ] || folder=baselines
  rm -rf "$out/graph"
  mkdir "$out/graph"
  for graph in "$out/symbols/$module.symbols.json" "$out/symbols/$module"@*.symbols.json; do
    [ -e "$graph" ] || continue
    # Every module throws the error of Configuration, and names it without its module. The umbrella
    # has no symbols of its own.
    case $module in
      Configuration) edit='' ;;
      RankingFramework)
        edit='s/"symbols":\[.*\],"relationships":\[.*\]/"symbols":[],"relationships":[]/' ;;
      *) edit='s/``Diagnostic``/``\/Configuration\/Diagnostic``/g' ;;
    esac
    sed "$edit" "$graph" > "$out/graph/${graph##*/}"
  done
  archive=$out/archives/$module.doccarchive
  "$docc" convert "$folder/Documentation.docc" --additional-symbol-graph-dir "$out/graph" \
    --output-path "$archive" --fallback-display-name "$module" \
    --fallback-bundle-identifier "$module" --enable-experimental-external-link-support \
    ${dependencies[@]+"${dependencies[@]}"} \
    --experimental-documentation-coverage --coverage-summary-level detailed \
    > "$out/docc.txt" 2>&1 || { cat "$out/docc.txt" >&2; exit 1; }
  if grep -qE '^(warning|error):' "$out/docc.txt"; then
    sed '/Experimental coverage output/,$d' "$out/docc.txt" >&2
    faults=$((faults + 1))
  fi
  # name | kind | has an abstract? | … | reference path
  symbols=$(awk -F ' *[|] *' 'NF > 6 && $3 ~ /^(true|false)$/ && $2 != "Module"' "$out/docc.txt")
  count=$((count + $(grep -c . <<< "$symbols" || true)))
  # Exempt: initializers and $projections by the compiler, settings, pages that list implementations,
  # and implementations that have the text of the requirement of the same name.
  undocumented=$(awk -F ' *[|] *' -v settings="/($settings)/([a-z][A-Za-z0-9]*|init\\\\(\\\\))\$" '
    { sub(".*/documentation/", "", $8); name = $8; sub(/-[a-z0-9]+$/, "", name) }
    $3 == "true" { documented[name] = 1 }
    $3 == "false" && $1 !~ /^(init\((rawValue|from):\)|\$)/ && $8 !~ /-Implementat/ && $8 !~ settings {
      undocumented[$8] = name }
    END { for (path in undocumented) if (!(undocumented[path] in documented)) {
      print "undocumented: " path } }' <<< "$symbols" | sort)
  if [ -n "$undocumented" ]; then
    echo "$undocumented" >&2
    faults=$((faults + 1))
  fi
  archives+=("$archive")
  dependencies+=(--dependency "$archive")
done
[ "$faults" = 0 ] || exit 1
"$docc" merge "${archives[@]}" --output-path "$out/site" \
  --synthesized-landing-page-name 'AESM² framework' > /dev/null
echo "docs: $count public symbols of ${#modules[@]} modules, all documented, in .build-docs/site"
