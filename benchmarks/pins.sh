#!/bin/bash
# Prints the digests of what must not change when code is only rearranged: fingerprints of two synthetic
# caches, and the weights and predictions of every model after ten steps in several settings.
#
#   benchmarks/pins.sh BINARY > before.txt      # then change the code, build, and
#   benchmarks/pins.sh BINARY | diff before.txt -
#
# Digests differ between processors and BLAS kernels (the first line names them): compare on one machine.
set -euo pipefail
tool=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$tool" bench --help > /dev/null
echo "kernels $(uname -m) ${OPENBLAS_CORETYPE:-default}"
for recipe in aliexpress entrance-card; do
  purchases=5
  [ "$recipe" = aliexpress ] && purchases=50
  "$tool" data synth "$recipe" --rows 20000 --set ctrMultiplier=4 \
    --set ctcvrMultiplier=$purchases --output "$folder/$recipe" > /dev/null 2>&1
  echo "cache $recipe $("$tool" data describe "$folder/$recipe" --json | grep -o '"fingerprint":"[0-9a-f]*"')"
done

tensors() { # what follows the header of a safetensors file
  local header
  header=$(od -An -t u8 -N 8 "$1" | tr -d ' ')
  tail -c +$((header + 9)) "$1"
}

pin() { # recipe model name settings...
  local recipe=$1 model=$2 name=$3 settings=(--set batchSize=1600 --set epochs=1 --set keptWeights=last)
  shift 3
  for setting in "$@"; do settings+=(--set "$setting"); done
  local run="$folder/run"
  rm -rf "$run"
  if ! "$tool" train --data "$folder/$recipe" --model "$model" "${settings[@]}" --seed 7 --run-dir "$run" \
    > /dev/null 2>&1; then
    echo "run $recipe $model $name refused"
    return
  fi
  "$tool" predict "$run" --data "$folder/$recipe" --split test --output "$run/test.npy" > /dev/null 2>&1
  echo "run $recipe $model $name $({
    tensors "$run/weights.safetensors"
    cat "$run/test.npy"
  } | sha256sum | cut -c1-16)"
}

for recipe in aliexpress entrance-card; do
  for model in $("$tool" models --json | grep -o '"id":"[^"]*"' | cut -d'"' -f4); do
    pin "$recipe" "$model" default
    [ "$model" = logistic-regression ] && continue
    pin "$recipe" "$model" regularized dropout=0.2 batchNorm=true optimizer=adamw weightDecay=0.01 \
      embeddingWeightDecay=0.001 maximumGradientNorm=0.5 schedule=cosine warmUpSteps=3
    pin "$recipe" "$model" dense optimizer=adagrad embeddingUpdates=denseExact lossReduction=squareRoot \
      numericalEncoding=periodic 'taskWeights=[1,0.5]'
    pin "$recipe" "$model" cell optimizer=sgd lossReduction=cell numericalEncoding=piecewise-linear
  done
  for model in shared-bottom mmoe ple; do pin "$recipe" "$model" task-axis axis=task; done
done
