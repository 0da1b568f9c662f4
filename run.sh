#!/usr/bin/env bash
# Builds, runs and tests Althing. `./run.sh help` lists the commands.
set -euo pipefail
readonly CALLER_DIR=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"

# The three that tests set: the folder of logs and process ids, that of the programs, and how long
# a replica is waited for that gives no sign of progress.
readonly RUN_DIR=${RUN_SH_DIR:-run}
readonly RELEASE=${RUN_SH_BUILD:-build/release}
readonly READY_SECONDS=${RUN_SH_READY_SECONDS:-30}
readonly STOP_SECONDS=8   # A replica that runs this much longer than timing.drain_ms is killed.
readonly CONFIG_NOTE=$RUN_DIR/config # Names the configuration of the replicas that run.
readonly EX_USAGE=64 EX_UNAVAILABLE=69 EX_SOFTWARE=70

# What a compilation may ignore when ccache compares it; clones in several directories share results.
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$PWD}

config=''      # As --config says.
stop_seconds=$((STOP_SECONDS + 2))
declare -A children=() # The process ids that this shell started.
ids=() hosts=() client_ports=() peer_ports=() # Of the replicas in $config, by index.
stopping=0                                    # Set by INT, TERM and HUP.

usage() {
  cat <<'END'
Usage: ./run.sh [--config FILE] [COMMAND]

  (none)         install what is missing, build, start the replicas of config.json; Ctrl-C stops them
  start          the same in the background
  stop           stop the replicas in the background
  kill I         end replica I at once, as a crash would
  restart I      start replica I again: with durability fsync or os it takes up where its log ends
  status         what runs, and what the replicas say
  client ARGS    the client, as in: ./run.sh client put greeting hello
  check-history FILE [--html OUT]
                 whether the operations in FILE (docs/history.md) are linearizable; a timeline if not
  crash-timeline [OUT.svg] [--help]
                 kill one of five replicas under load, three times, and draw what clients of the others see
  sim [--seeds A..B] [--replay SEED] [--shrink SEED]
                 whole clusters in simulated time, each from one seed (docs/simulator.md; sim --help)
  soak [MINUTES] the same with fresh seeds for so many minutes (10), or until one fails
  build          build everything (log: build/release.log)
  test [FILTER]  build and run all tests, with sanitizers too; with a filter (a regular
                 expression) only the matching ones, without sanitizers
  format         format the sources
  check          check format, scripts and the rules of the tree
  help           this text

Logs (the run before: .log.1), process ids and metrics of the replicas: run/replica.I.log, run/replica.I.pid,
run/metrics.I.json. Their data: run/data/replica.I, as directories.data says
END
}

say() { printf '%s\n' "$*"; }

warn() { printf 'run.sh: %s\n' "$*" >&2; }

# fail CODE WORDS...
fail() {
  local code=$1
  shift
  warn "$*"
  exit "$code"
}

# --- building ----------------------------------------------------------------------------------

# Shows ninja's "[12/130] ..." on one line of a terminal, and every line elsewhere.
show_progress() {
  if [[ -t 1 ]]; then
    local line
    while IFS= read -r line; do
      [[ $line == \[* ]] && printf '\r\033[K%s' "${line:0:$((${COLUMNS:-80} - 1))}"
    done
    printf '\r\033[K'
  else
    cat
  fi
}

# Address layouts with much randomness keep programs with ThreadSanitizer from starting, also when
# the build asks them for their tests. Sets the caller's without_randomness.
addresses_for() {
  without_randomness=()
  if [[ $1 == tsan ]] && setarch -R true 2>/dev/null; then without_randomness=(setarch -R); fi
}

# build_preset PRESET [TARGET...]: all targets if none is named.
build_preset() {
  local preset=$1 log=build/$1.log
  local -a without_randomness=()
  shift
  addresses_for "$preset"
  local -a targets=()
  (($# == 0)) || targets=(--target "$@")
  mkdir -p build
  say "Building ${*:-everything} ($preset; log: $log)"
  if ! {
    cmake --preset "$preset" &&
      "${without_randomness[@]}" cmake --build --preset "$preset" -j "$(nproc)" "${targets[@]}"
  } 2>&1 | tee "$log" | show_progress; then
    warn "the build failed; the whole log: $log; its first errors:"
    grep -m 5 -E '(^|[ :])(fatal )?error:|^CMake Error' "$log" >&2 || tail -n 5 "$log" >&2
    exit $EX_SOFTWARE
  fi
}

build_programs() {
  install_packages
  build_preset release replica client_cli
}

# --- the replicas ------------------------------------------------------------------------------

# Fills ids, hosts and ports. The replica's own reader of $config has the say.
read_cluster() {
  local description code=0
  description=$("$RELEASE/replica" --config "$config" --print-config) || code=$?
  ((code == 0)) || exit "$code" # The replica has said why.
  local path value _
  while read -r path value _; do
    case $path in
      timing.drain_ms) stop_seconds=$((STOP_SECONDS + value / 1000)) ;;
      replicas*.id) ids+=("$value") ;;
      replicas*.host) value=${value#\"} hosts+=("${value%\"}") ;;
      replicas*.client_port) client_ports+=("$value") ;;
      replicas*.peer_port) peer_ports+=("$value") ;;
    esac
  done <<<"$description"
}

log_of() { printf '%s/replica.%s.log' "$RUN_DIR" "$1"; }
pid_file_of() { printf '%s/replica.%s.pid' "$RUN_DIR" "$1"; }

# running_pid PID_FILE: prints the id of the process that the file names, if it is one of our replicas.
running_pid() {
  local pid='' exe
  [[ -r $1 ]] && read -r pid <"$1"
  [[ $pid =~ ^[0-9]+$ ]] || return 1
  if [[ -n ${children[$pid]:-} ]]; then
    # It may not have become a replica yet.
    kill -0 "$pid" 2>/dev/null && printf '%s' "$pid"
    return
  fi
  exe=$(readlink "/proc/$pid/exe" 2>/dev/null) || return 1
  # A replica that was built anew while it ran is still ours.
  [[ ${exe% (deleted)} == "$(realpath -m "$RELEASE/replica")" ]] || return 1
  printf '%s' "$pid"
}

refuse_if_running() {
  local file
  for file in "$RUN_DIR"/replica.*.pid; do
    if running_pid "$file" >/dev/null; then
      fail $EX_UNAVAILABLE "replicas run already (./run.sh status shows them); first: ./run.sh stop"
    fi
  done
}

# Each replica is the leader of a session of its own: Ctrl-C at the terminal reaches run.sh alone.
start_replicas() {
  local id
  for id in "${ids[@]}"; do
    # What the last run said of its end must not go with it.
    [[ ! -s $(log_of "$id") ]] || mv -f "$(log_of "$id")" "$(log_of "$id").1"
    setsid "$RELEASE/replica" --config "$config" --id "$id" </dev/null >"$(log_of "$id")" 2>&1 8>&- 9>&- &
    children[$!]=1
    printf '%s\n' "$!" >"$(pid_file_of "$id")"
  done
}

last_line_of() { grep -a . "$1" | tail -n 1; }
pid_of() { cat "$(pid_file_of "$1")"; }

# stop_replicas PID_FILE...: SIGTERM to all at once, then patience, then SIGKILL. Says which did not end
# well, as far as the shell can know.
stop_replicas() {
  local file pid id code deadline=$((SECONDS + stop_seconds))
  for file in "$@"; do
    if pid=$(running_pid "$file"); then kill -TERM "$pid" 2>/dev/null || true; fi
  done
  for file in "$@"; do
    id=${file//[^0-9]/} code=0
    while pid=$(running_pid "$file"); do
      if ((SECONDS >= deadline)); then
        warn "replica $id does not end within $stop_seconds s of SIGTERM: killed (log: $(log_of "$id"))"
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true # The shell's own note is not wanted.
        code=killed
      fi
      sleep 0.05 || true # Ctrl-C ends it too.
    done
    [[ $code == killed ]] || wait "$(pid_of "$id")" 2>/dev/null || code=$?
    # 127: not started by this shell.
    [[ $code =~ ^(0|127|killed)$ ]] || warn "replica $id ended with code $code (log: $(log_of "$id"))"
    rm -f "$file"
  done
}

stop_all() {
  local -a files=()
  local id
  rm -f "$CONFIG_NOTE"
  for id in "${ids[@]}"; do
    [[ ! -e $(pid_file_of "$id") ]] || files+=("$(pid_file_of "$id")")
  done
  stop_replicas "${files[@]}"
}

# says ID PATTERN: whether the replica answers, and so. It is asked, since log.level may leave the line
# out of the log.
says() {
  local status # The client fails when any replica does not answer.
  status=$("$RELEASE/client" --config "$config" --timeout 1000 status --output json 2>/dev/null) || true
  grep -qE "\"replica\":$1,\"address\":\"[^\"]*\",\"answered\":true,$2" <<<"$status"
}

# is_ready ID: whether the replica says that enough of its peers are reachable.
is_ready() { says "$1" '[^]}]*"ready":true'; }

# has_time: whether the caller's deadline is not over. It is put off while any of the replicas reads its
# log, which is said: each line of that kind is a sign of progress. Uses the caller's lines_seen.
has_time() {
  local id line
  for id in "${ids[@]}"; do
    line=$(tail -n 1 "$(log_of "$id")" 2>/dev/null) || true
    [[ $line == *' event=restoring '*' records='* && $line != "${lines_seen[$id]:-}" ]] || continue
    lines_seen[$id]=$line deadline=$((SECONDS + READY_SECONDS))
    line=${line##* records=}
    [[ $line == 0\ * ]] || say "Replica $id reads its log: ${line/of=/of } records"
  done
  ((SECONDS < deadline))
}

# Waits until each replica says that it is ready. If one ends instead: its own last line, and the
# end of the others.
await_ready() {
  local id code deadline=$((SECONDS + READY_SECONDS))
  local -A lines_seen=()
  for id in "${ids[@]}"; do
    until is_ready "$id"; do
      if ((stopping)); then return; fi
      if ! running_pid "$(pid_file_of "$id")" >/dev/null; then
        code=0
        wait "$(pid_of "$id")" 2>/dev/null || code=$?
        warn "replica $id ended with code $code: $(last_line_of "$(log_of "$id")") (log: $(log_of "$id"))"
        rm -f "$(pid_file_of "$id")"
        stop_all
        exit "$((code == 0 ? EX_SOFTWARE : code))"
      fi
      if ! has_time; then
        warn "replica $id is not ready, and nothing has moved for $READY_SECONDS s: $(last_line_of "$(log_of "$id")") (log: $(log_of "$id"))"
        stop_all
        exit $EX_UNAVAILABLE
      fi
      sleep 0.05 || true # Ctrl-C ends it too.
    done
  done
}

announce() {
  local i
  for i in "${!ids[@]}"; do
    say "Replica ${ids[i]} is ready: clients ${hosts[i]}:${client_ports[i]}, peers ${hosts[i]}:${peer_ports[i]}," \
      "log $(log_of "${ids[i]}")"
  done
  local option=''
  [[ $config == config.json ]] || option=" --config $(printf '%q' "$config")"
  say "Try, in another terminal: ./run.sh$option client put greeting hello"
}

# Two that start replicas at once would lose each other's process ids. The lock ends with this shell.
lock_run_dir() {
  mkdir -p "$RUN_DIR"
  exec 9>"$RUN_DIR/lock"
  flock -n 9 || fail $EX_UNAVAILABLE "another run.sh starts or watches replicas here; end it first"
}

# lock_start [-s]: until all are ready nobody else starts one; of those who start one each (-s) there may
# be several. Ends with exec 8>&-, or with this shell.
lock_start() {
  mkdir -p "$RUN_DIR"
  exec 8>"$RUN_DIR/start.lock"
  flock -n "$@" 8 || fail $EX_UNAVAILABLE "another run.sh is just starting replicas here; wait for it"
}

bring_up() {
  config=${config:-config.json}
  [[ -n ${RUN_SH_BUILD:-} ]] || build_programs
  read_cluster
  lock_run_dir
  lock_start
  refuse_if_running
  printf '%s\n' "$config" >"$CONFIG_NOTE"
  trap 'stopping=1' INT TERM HUP
  start_replicas
  await_ready
  exec 8>&-
  if ((stopping)); then
    stop_all
    fail $((128 + 2)) "stopped before all replicas were ready"
  fi
  announce
}

command_run() {
  bring_up
  say "Ctrl-C stops the replicas."
  watch_replicas
  say "Stopping the replicas."
  stop_all
  say "Stopped."
}

# Until a signal comes or no replica is left.
watch_replicas() {
  local -A replica_of=()
  local id ended code
  for id in "${ids[@]}"; do replica_of[$(pid_of "$id")]=$id; done
  while ((!stopping)); do
    ended='' code=0
    wait -n -p ended "${!replica_of[@]}" 2>/dev/null || code=$? # The shell's own note is not wanted.
    [[ -n ${ended:-} ]] || continue # A signal.
    id=${replica_of[$ended]}
    unset "replica_of[$ended]" "children[$ended]"
    warn "replica $id ended with code $code; the others go on; ./run.sh restart $id starts it again" \
      "(log: $(log_of "$id"))"
    ((${#replica_of[@]} > 0)) || break
  done
  # Those that ./run.sh restart has started are not this shell's children.
  while ((!stopping)); do
    any_runs || fail $EX_SOFTWARE "no replica is left"
    sleep 0.5 || true # Ctrl-C ends it too.
  done
}

any_runs() {
  local id
  for id in "${ids[@]}"; do
    if running_pid "$(pid_file_of "$id")" >/dev/null; then return 0; fi
  done
  return 1
}

command_start() {
  bring_up
  say "They run in the background: ./run.sh status, ./run.sh stop"
}

# The configuration that the running replicas were started with, unless --config says another.
find_config() {
  [[ -n $config ]] || { [[ -r $CONFIG_NOTE ]] && read -r config <"$CONFIG_NOTE"; } || config=config.json
}

command_stop() {
  find_config
  local drain_ms
  drain_ms=$("$RELEASE/replica" --config "$config" --print-config 2>/dev/null |
    awk '$1 == "timing.drain_ms" {print $2}') || true
  stop_seconds=$((STOP_SECONDS + ${drain_ms:-2000} / 1000))
  local -a files=()
  local file
  for file in "$RUN_DIR"/replica.*.pid; do
    if running_pid "$file" >/dev/null; then files+=("$file"); else rm -f "$file"; fi
  done
  if ((${#files[@]} == 0)); then
    say "No replica runs."
    return
  fi
  stop_replicas "${files[@]}"
  rm -f "$CONFIG_NOTE"
  say "Stopped ${#files[@]} replicas."
}

# need_replica ID: fills the arrays, and refuses an id that the configuration does not have.
need_replica() {
  find_config
  [[ -x $RELEASE/replica ]] || build_programs
  read_cluster
  [[ " ${ids[*]} " == *" $1 "* ]] || fail $EX_USAGE "there is no replica \"$1\" in $config: they are ${ids[*]}"
}

command_kill() {
  need_replica "$1"
  local pid file deadline=$((SECONDS + STOP_SECONDS))
  file=$(pid_file_of "$1")
  pid=$(running_pid "$file") || fail $EX_UNAVAILABLE "replica $1 does not run (./run.sh status shows them)"
  kill -KILL "$pid" 2>/dev/null ||
    fail $EX_UNAVAILABLE "replica $1 (process $pid) has just ended by itself (log: $(log_of "$1"))"
  while running_pid "$file" >/dev/null; do
    ((SECONDS < deadline)) || fail $EX_UNAVAILABLE "replica $1 (process $pid) was killed and does not end: is its disk stuck?"
    sleep 0.02
  done
  say "Replica $1 (process $pid) is killed; ./run.sh restart $1 starts it again."
}

command_restart() {
  need_replica "$1"
  local file code=0 deadline=$((SECONDS + READY_SECONDS))
  local -A lines_seen=()
  file=$(pid_file_of "$1")
  lock_start -s
  # Two at once would start it twice, and know of one. Until this shell ends.
  exec 9>"$RUN_DIR/replica.$1.lock"
  flock -n 9 || fail $EX_UNAVAILABLE "another run.sh is just starting replica $1"
  ! running_pid "$file" >/dev/null || fail $EX_UNAVAILABLE "replica $1 runs already; first: ./run.sh kill $1"
  ids=("$1")
  start_replicas
  until says "$1" ''; do
    if ! running_pid "$file" >/dev/null; then
      wait "$(pid_of "$1")" 2>/dev/null || code=$?
      rm -f "$file"
      fail "$((code == 0 ? EX_SOFTWARE : code))" "replica $1 ended with code $code: $(last_line_of "$(log_of "$1")")"
    fi
    has_time || fail $EX_UNAVAILABLE "replica $1 does not answer, and nothing has moved for $READY_SECONDS s: $(last_line_of "$(log_of "$1")")"
    sleep 0.05
  done
  if is_ready "$1"; then
    say "Replica $1 is ready (log: $(log_of "$1"))."
  else
    say "Replica $1 runs, and is ready as soon as it reaches enough of the others (log: $(log_of "$1"))."
  fi
}

command_status() {
  find_config
  local file pid running=0
  for file in "$RUN_DIR"/replica.*.pid; do
    [[ -e $file ]] || continue
    if pid=$(running_pid "$file"); then
      running=$((running + 1))
      say "Replica ${file//[^0-9]/}: process $pid, log ${file%.pid}.log"
    else
      say "Replica ${file//[^0-9]/}: ended (log: ${file%.pid}.log)"
    fi
  done
  if ((running == 0)); then
    say "No replica runs; ./run.sh start starts them."
    return 1
  fi
  "$RELEASE/client" --config "$config" status
}

command_client() {
  [[ -x $RELEASE/client ]] || build_programs >&2
  local word root=$PWD
  for word in "$@"; do
    if [[ $word == --config || $word == --config=* ]]; then
      cd "$CALLER_DIR" # Where the files of the arguments are.
      exec "$root/$RELEASE/client" "$@"
    fi
  done
  find_config
  if [[ $CALLER_DIR != "$root" && $config != /* ]]; then config=$root/$config; fi
  cd "$CALLER_DIR"
  exec "$root/$RELEASE/client" --config "$config" "$@"
}

# shellcheck source=packages.sh
source packages.sh
# shellcheck source=tests/commands.sh
source tests/commands.sh

main() {
  if [[ ${1:-} == --config ]]; then
    (($# >= 2)) || fail $EX_USAGE "--config needs a file"
    config=$(realpath -m --relative-base="$PWD" "$CALLER_DIR/$2")
    [[ $2 != /* ]] || config=$2
    shift 2
  fi
  local command=${1:-run}
  (($# == 0)) || shift
  case $command in
    check-history) command_check_history "$@" ;;
    crash-timeline) command_crash_timeline "$@" ;;
    soak) command_sim --soak "${@:-10}" --from "$(date +%s%N)" ;;
    kill | restart)
      (($# == 1)) || fail $EX_USAGE "name one replica, as in: ./run.sh $command 2"
      "command_$command" "$1"
      ;;
    run | start | stop | status | client | sim | test | format | check) "command_$command" "$@" ;;
    build)
      install_packages
      build_preset release
      ;;
    help | -h | --help) usage ;;
    *)
      usage >&2
      fail $EX_USAGE "there is no command \"$command\""
      ;;
  esac
}

main "$@"
