#!/bin/bash
# Checks training by several ranks with a real mpirun (make test-mpi):
#
#   Tests/MPI/check.sh AESM2      the tool; Open MPI's mpirun on PATH
#
# Bits of equal numbers of ranks, agreement with one process, checkpoints from any number of ranks to
# any other, divided tables, a rank that is killed, a job that is stopped, MPI that is missing.
set -euo pipefail
tool=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cd "$folder"

# As in CI, which runs as root on few processors, where ranks must not spin for them.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_btl_base_warn_component_unused=0
mpi=(timeout 100 mpirun --oversubscribe --bind-to none -n)
ranks() { # number, arguments of the tool
  local count=$1
  shift
  "${mpi[@]}" "$count" "$tool" "$@" --ranks mpi --threads 1
}

fail() {
  echo "test-mpi: $1" >&2
  [ ! -s log ] || tail -n 20 log >&2
  exit 1
}

passed() { echo "test-mpi: $1"; }

same() { cmp -s "$1/weights.safetensors" "$2/weights.safetensors" || fail "$1 and $2 differ"; }

# Log-odds of the test rows of two runs differ by less than a bound.
close() { # run, run, bound
  local run
  for run in "$1" "$2"; do
    "$tool" predict "$run" --data cache --split test --output "$run.csv" --scores logit --threads 1 \
      > log 2>&1 || fail "$run cannot predict"
  done
  paste -d, "$1.csv" "$2.csv" | awk -F, -v bound="$3" '
    NR > 1 { d = $6 - $12; if (d < 0) d = -d; if (d > most) most = d; count++ }
    END { printf "%.2g", most; exit !(count > 0 && most < bound) }' > difference ||
    fail "log-odds of $1 and $2 differ by $(cat difference)"
  passed "$1 and $2 agree: log-odds differ by at most $(cat difference)"
}

"$tool" data synth aliexpress --rows 20000 --set ctrMultiplier=4 --set ctcvrMultiplier=50 \
  --output cache > log 2>&1 || fail "no data"
model=(train --data cache --model mmoe --set batchSize=500 --set batchNorm=true --set optimizer=sgd
  --set learningRate=0.01 --set 'expertSizes=[32,16]' --set patience=0)
common=("${model[@]}" --set epochs=1)

# One process, and one rank of it.
"$tool" "${common[@]}" --threads 1 --run-dir one > log 2>&1 || fail "one process"
ranks 1 "${common[@]}" --run-dir one-rank > log 2>&1 || fail "one rank"
same one one-rank
passed "one rank has the bits of one process"

# Two and four ranks.
for count in 2 4; do
  ranks $count "${common[@]}" --run-dir "ranks-$count" > log 2>&1 || fail "$count ranks"
  ranks $count "${common[@]}" --run-dir "again-$count" > log 2>&1 || fail "$count ranks again"
  same "ranks-$count" "again-$count"
  ranks $count "${common[@]}" --replicated-rows 4 --run-dir "divided-$count" > log 2>&1 ||
    fail "$count ranks with divided tables"
  same "ranks-$count" "divided-$count"
  passed "$count ranks have the same bits every time, and with divided tables"
  close "ranks-$count" one 0.01
done

# A rank is killed; its run goes on with other numbers of ranks.
long=("${model[@]}" --set epochs=100 --checkpoint-seconds 0.2)
"${mpi[@]}" 2 "$tool" "${long[@]}" --ranks mpi --threads 1 --run-dir killed > log 2>&1 &
job=$!
for _ in $(seq 300); do
  [ ! -s killed/checkpoint.safetensors ] || break
  sleep 0.1
done
leader=$(grep -o '"process":[0-9]*' killed/heartbeat.json | cut -d: -f2) || fail "no heartbeat"
parent=$(awk '{ print $4 }' "/proc/$leader/stat")
victim=$(cat "/proc/$parent/task/"*/children | tr ' ' '\n' | grep -vx "$leader" | head -n 1)
kill -9 "$victim"
start=$SECONDS
status=0
wait $job || status=$?
[ $status -ne 0 ] || fail "a killed rank, but status 0"
[ $((SECONDS - start)) -le 15 ] || fail "ranks took $((SECONDS - start)) s to end"
grep -q 'rank 0 of 2: rank 1 .* has ended' log || fail "no sentence of the other rank"
passed "a killed rank ends the others: $(grep -o 'rank 0 of 2: [^;]*' log)"

# Trains on until there is a newer checkpoint, then stops the job as Ctrl-C does.
go_on() { # number of ranks
  local count=$1 job status=0
  touch marker
  sleep 0.1
  "${mpi[@]}" "$count" "$tool" train --data cache --ranks mpi --threads 1 --run-dir killed --resume \
    --checkpoint-seconds 0.2 > log 2>&1 &
  job=$!
  for _ in $(seq 300); do
    [ ! killed/checkpoint.safetensors -nt marker ] || break
    sleep 0.1
  done
  [ killed/checkpoint.safetensors -nt marker ] || fail "$count ranks did not go on"
  kill -TERM $job
  wait $job || status=$?
  # mpirun may end a moment before the ranks that it stops.
  for _ in $(seq 100); do
    flock -n killed/lock true && break
    sleep 0.1
  done
  [ $status -ne 0 ] || fail "a stopped job, but status 0"
  [ ! -e killed/failure.json ] || fail "a stopped job failed"
}
go_on 4
go_on 1
"$tool" train --data cache --run-dir killed --resume --threads 1 > log 2>&1 || fail "one process did not go on"
passed "a checkpoint of two ranks is resumed by four, by one, and by one process"

# Without Open MPI, or outside of a job.
refused() { # words of the sentence, command
  local words=$1
  shift
  if timeout 60 "$@" --ranks mpi --threads 1 --run-dir refused > log 2>&1; then
    fail "not refused: $words"
  fi
  grep -q "$words" log || fail "not said: $words"
  passed "refused: $(grep -m 1 '^aesm2:' log)"
}
refused 'was started neither by Open MPI' "$tool" "${common[@]}"
refused 'cannot be loaded' env OMPI_COMM_WORLD_SIZE=2 AESM2_MPI=./missing.so "$tool" "${common[@]}"
if command -v clang > compiler; then
  cat > other.c <<'C'
#include <string.h>
int MPI_Get_library_version(char *text, int *length) {
  strcpy(text, "MPICH Version: 4.0.2\nMPICH Release date: 2022");
  *length = (int)strlen(text);
  return 0;
}
C
  clang -shared -fPIC -o libmpi.so.12 other.c
  refused 'is MPICH Version: 4.0.2' env OMPI_COMM_WORLD_SIZE=2 AESM2_MPI=./libmpi.so.12 "$tool" "${common[@]}"
fi

# What ranks cannot train together: one rank says so, and none is left.
refused 'which one process does' "${mpi[@]}" 2 "$tool" train --data cache --model logistic-regression
rm -rf refused
refused 'compares the gradients' "${mpi[@]}" 2 "$tool" train --data cache --model mmoe --set balancing=pcgrad
