#!/bin/bash
# Records what Slurm's programs print about jobs in various states, into Tests/Fixtures/slurm:
#
#   Tests/Slurm/cluster.sh run .slurm Tests/Fixtures/make/slurm.sh
set -euo pipefail
cd "$(dirname "$0")/../slurm"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

submit() { sbatch --parsable --output="$scratch/%A_%a.log" --cpus-per-task=2 "$@"; }
show() { # without the paths and the host of this machine
  scontrol --oneliner show job "$1" \
    | sed -E 's/ (Command|WorkDir|StdErr|StdIn|StdOut|AllocNode:Sid|UserId|GroupId)=[^ ]*//g'
}
job_state() { squeue --noheader --array --jobs="$1" --format=%T; }
wait_for() { # JOB_TASK STATE
  for _ in $(seq 200); do [ "$(job_state "$1")" != "$2" ] || return 0; sleep 0.1; done
  echo "slurm.sh: $1 did not become $2" >&2
  exit 1
}

scontrol show config | grep -E '^(AccountingStorageType|MaxArraySize|MaxJobCount|SLURM_VERSION) ' \
  > scontrol-config.txt

ended=$(submit --array=0-1 --job-name=ended --wrap 'exit $SLURM_ARRAY_TASK_ID')
while [ -n "$(squeue --noheader --jobs="$ended")" ]; do sleep 0.2; done
array=$(submit --array=0-3,5,8-9%2 --job-name='a|name' --time=10 --requeue --wrap 'sleep 60')
wait_for "${array}_1" RUNNING
show "${array}_0" > scontrol-job-running.txt
scancel "${array}_0"
wait_for "${array}_2" RUNNING
show "${array}_0" > scontrol-job-cancelled.txt
urgent=$(submit --partition=urgent --job-name=urgent --wrap 'sleep 2')
for _ in $(seq 100); do
  for task in 1 2; do
    show "${array}_$task" > "$scratch/job"
    if ! grep -q 'PreemptTime=None' "$scratch/job"; then
      cp "$scratch/job" scontrol-job-preempted.txt
      break 2
    fi
  done
  sleep 0.1
done
wait_for "${array}_3" RUNNING
single=$(submit --job-name=single --begin=now+1hour --wrap true)
sleep 3
squeue --noheader --user=root --format='%F|%K|%T|%r|%j' > squeue.txt
sacct --noheader --parsable2 --allocations --jobs="$ended,$array,$urgent,$single" \
  --format=JobID,State,ExitCode,JobName > sacct.txt
scancel "$array" "$single"
