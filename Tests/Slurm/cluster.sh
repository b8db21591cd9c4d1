#!/bin/bash
# A Slurm cluster of two nodes on this machine, with accounting, for tests: everything lies in one
# folder, and nothing is left when it stops. It needs root, but neither systemd nor a configured Slurm.
#
#   cluster.sh start FOLDER      start it; then export SLURM_CONF=FOLDER/slurm.conf
#   cluster.sh stop FOLDER       end its processes and remove the folder
#   cluster.sh run FOLDER COMMAND...   start it, run the command with SLURM_CONF set, stop it
#   cluster.sh missing           print what is missing for it; nothing if it can be started
#
# Parts, for tests of failures (FOLDER is where it was started):
#   cluster.sh controller-start | controller-stop | accounting-start | accounting-stop FOLDER
#   cluster.sh node-start | node-kill FOLDER NODE    n1 or n2; killing it kills its jobs, too
#   cluster.sh configure FOLDER KEY=VALUE...         change slurm.conf; starts the controller again
set -euo pipefail

programs="munged slurmctld slurmd slurmdbd sbatch sacct mariadbd mariadb-install-db mariadb mariadb-admin"

missing() {
  if [ "$(id -u)" != 0 ]; then echo "it must be started by root"; return; fi
  for program in $programs; do
    command -v "$program" > /dev/null || {
      echo "$program is not installed (apt-get install slurm-wlm munge slurmdbd mariadb-server)"
      return
    }
  done
}

# Waits up to $1 seconds until a command succeeds.
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@" > "$folder/log/waiting" 2>&1; do
    if [ "$SECONDS" -ge "$end" ]; then
      echo "cluster.sh: gave up waiting for: $*" >&2
      cat "$folder/log/waiting" >&2
      return 1
    fi
    sleep 0.1
  done
}

# Whether a process is there and not merely waiting to be collected by its parent.
is_alive() { case "$(ps -o stat= -p "$1")" in '' | Z*) return 1 ;; esac; }

# Ends the process whose id is in a file, and waits for its end.
end_process() {
  [ -s "$1" ] || return 0
  local process
  process=$(cat "$1")
  kill "${2:--TERM}" "$process" 2> "$folder/log/kill" || { rm -f "$1"; return 0; }
  for _ in $(seq 100); do
    is_alive "$process" || break
    sleep 0.1
  done
  kill -KILL "$process" 2> "$folder/log/kill" || true
  rm -f "$1"
}

configure_cluster() {
  local host
  host=$(hostname -s)
  cat > "$folder/slurmdbd.conf" << END
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
DbdHost=localhost
DbdPort=17019
SlurmUser=root
LogFile=$folder/log/slurmdbd.log
PidFile=$folder/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=slurm
END
  chmod 600 "$folder/slurmdbd.conf"
  # A requeued job waits for the life of a credential, so that is short.
  cat > "$folder/slurm.conf" << END
ClusterName=tests
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=17000
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket,cred_expire=3
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
KillWait=10
SlurmdTimeout=6
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
DebugFlags=NO_CONF_HASH
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=100000
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStoragePort=17019
AccountingStoragePass=$folder/munge/socket
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 Port=[17001-17002] CPUs=2 RealMemory=2000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE PriorityTier=1 GraceTime=10
PartitionName=urgent Nodes=ALL MaxTime=INFINITE PriorityTier=10
END
}

start() {
  local reason
  reason=$(missing)
  [ -z "$reason" ] || { echo "cluster.sh: cannot start a cluster: $reason" >&2; exit 1; }
  rm -rf "$folder"
  mkdir -p "$folder"/{state,log,munge,database}
  head -c 128 /dev/urandom > "$folder/munge/key"
  chmod 600 "$folder/munge/key"
  munged --force --socket="$folder/munge/socket" --key-file="$folder/munge/key" \
    --pid-file="$folder/munge.pid" --log-file="$folder/log/munge.log" \
    --seed-file="$folder/munge/seed"
  mariadb-install-db --no-defaults --user=root --datadir="$folder/database/data" --skip-test-db \
    --auth-root-authentication-method=normal > "$folder/log/database-made.log" 2>&1
  mariadbd --no-defaults --user=root --datadir="$folder/database/data" --skip-networking \
    --socket="$folder/database/socket" --pid-file="$folder/database.pid" \
    --innodb-buffer-pool-size=32M > "$folder/log/database.log" 2>&1 &
  wait_until 30 mariadb --no-defaults --socket="$folder/database/socket" --user=root \
    --execute='create database if not exists slurm'
  configure_cluster
  accounting_start
  controller_start
  node_start n1
  node_start n2
  wait_until 30 nodes_are_idle
  wait_until 30 cluster_is_registered
}

nodes_are_idle() { [ "$(sinfo --noheader --partition=main --states=idle --format=%D)" = 2 ]; }
cluster_is_registered() { sacctmgr --noheader show cluster | grep -q tests; }
accounting_start() {
  slurmdbd
  wait_until 30 sacctmgr --noheader show cluster
}
accounting_stop() { end_process "$folder/slurmdbd.pid"; }
controller_start() {
  slurmctld
  wait_until 30 scontrol ping
}
controller_stop() { end_process "$folder/slurmctld.pid"; }
node_start() { slurmd -N "$1"; }
# A job's processes have the name of the node in their environment; the first of them is the child of
# the step's manager.
node_kill() {
  local found jobs managers
  jobs=$(for found in /proc/[0-9]*; do
    if { tr '\0' '\n' < "$found/environ" | grep -qx "SLURMD_NODENAME=$1"; } 2> "$folder/log/kill"; then
      echo "${found#/proc/}"
    fi
  done)
  managers=$(ps -eo pid=,ppid=,comm= | awk -v jobs="$jobs" '
    BEGIN { count = split(jobs, list, "\n"); for (i = 1; i <= count; i++) isJob[list[i]] = 1 }
    { parent[$1] = $2; name[$1] = $3 }
    END { for (job in isJob) if (name[parent[job]] ~ /slurmstepd/) print parent[job] }')
  # The managers and the daemon first, so that nothing reports the end of the jobs.
  kill -KILL $(cat "$folder/slurmd-$1.pid") $managers $jobs 2> "$folder/log/kill" || true
  rm -f "$folder/slurmd-$1.pid"
}

configure() {
  local change
  for change in "$@"; do
    sed -i "/^${change%%=*}=/d" "$folder/slurm.conf"
    sed -i "1i $change" "$folder/slurm.conf"
  done
  controller_stop
  controller_start
}

# Slurm lets a task that is queued again wait for two minutes, for which the tests have no time. It must
# wait for some seconds, though: a node refuses a task as long as the credential of its last start counts.
hurry() {
  local job start reason
  while true; do
    squeue --noheader --array --states=PENDING --format='%i %S %r' |
      while read -r job start reason; do
        [ "$reason" = BeginTime ] && [ "$start" != N/A ] || continue
        [ "$(date -d "$start" +%s)" -gt "$(($(date +%s) + 10))" ] || continue
        scontrol update JobId="$job" StartTime=now+5 || true
      done
    sleep 0.5
  done > "$folder/log/hurry.log" 2>&1
}

stop() {
  local node
  scancel --user=root 2> "$folder/log/kill" || true
  end_process "$folder/hurry.pid"
  for node in n1 n2; do end_process "$folder/slurmd-$node.pid"; done
  for part in slurmctld slurmdbd database munge; do end_process "$folder/$part.pid"; done
  rm -rf "$folder"
}

command=${1:-}
[ "$command" != missing ] || { missing; exit; }
[ $# -ge 2 ] || { sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 64; }
mkdir -p "$2/log"
folder=$(realpath "$2")
shift 2
export SLURM_CONF="$folder/slurm.conf" MYSQL_UNIX_PORT="$folder/database/socket"
case "$command" in
  run)
    trap stop EXIT
    start
    hurry &
    echo $! > "$folder/hurry.pid"
    AESM2_SLURM_CLUSTER="$folder" "$@"
    ;;
  start | stop | node-start | node-kill | configure | controller-start | controller-stop | \
    accounting-start | accounting-stop) "${command//-/_}" "$@" ;;
  *) echo "cluster.sh: unknown command '$command'" >&2; exit 64 ;;
esac
