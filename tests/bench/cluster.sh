# Clusters for measurements: Althing or etcd on loopback, with directories that begin empty and go at the end. Sourced
# by the scripts of this folder, from the root of the tree. Every process is ended by its id, also on Ctrl-C.
# shellcheck shell=bash

readonly RELEASE=${BENCH_RELEASE:-build/release}
readonly READY_SECONDS=30 STOP_SECONDS=10
readonly CLIENT_PORT=7600 PEER_PORT=7700 # And the following ones.
directory=run/bench
config='' endpoints='' # Of what runs.
pids=()

note() { printf '%s\n' "$*" >&2; }

# fail CODE WORDS...
fail() {
  local code=$1
  shift
  note "error: ${0##*/}: $*"
  exit "$code"
}

# need_programs PROGRAM[:PACKAGE]...
need_programs() {
  local item missing=''
  for item in "$@"; do
    command -v "${item%:*}" >/dev/null || missing+=" ${item#*:}"
  done
  [[ -z $missing ]] || fail 69 "not installed:$missing; apt-get install --no-install-recommends$missing"
}

need_built() {
  local program
  for program in "$@"; do
    [[ -x $RELEASE/$program ]] || fail 69 "$RELEASE/$program is missing; ./run.sh build makes it"
  done
}

# Makes a directory of this run alone, which goes with it.
prepare() {
  mkdir -p "$directory"
  directory=$(mktemp -d "$(realpath "$directory")/XXXXXX")
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  trap 'stop_all; rm -rf "$directory"' EXIT
}

# stop_all: asks all to end, waits, and kills what does not.
stop_all() {
  local pid deadline=$((SECONDS + STOP_SECONDS))
  ((${#pids[@]} > 0)) || return 0
  kill -TERM "${pids[@]}" 2>/dev/null || true
  for pid in "${pids[@]}"; do
    while kill -0 "$pid" 2>/dev/null; do
      ((SECONDS < deadline)) || kill -KILL "$pid" 2>/dev/null || true
      sleep 0.02
    done
    wait "$pid" 2>/dev/null || true
  done
  pids=()
  rm -rf "$directory/data"
}

# await COMMAND...: until it succeeds, as long as all processes live.
await() {
  local deadline=$((SECONDS + READY_SECONDS)) i
  until "$@" >/dev/null 2>&1; do
    for i in "${!pids[@]}"; do
      kill -0 "${pids[i]}" 2>/dev/null || fail 69 "member $i has ended: $(tail -n 1 "$directory/log.$i")"
    done
    ((SECONDS < deadline)) || fail 69 "not ready after $READY_SECONDS s: $(tail -n 1 "$directory/log.0")"
    sleep 0.05
  done
}

# start_althing SIZE DURABILITY [SETTINGS]: returns when every replica reaches every other.
start_althing() {
  local i
  config=$directory/config.json
  mkdir -p "$directory/data"
  jq -n --argjson n "$1" --arg durability "$2" --argjson settings "${3:-{\}}" --arg data "$directory/data" \
    --argjson client "$CLIENT_PORT" --argjson peer "$PEER_PORT" \
    '{cluster_id: "bench", durability: $durability, directories: {data: $data, metrics: $data},
      replicas: [range($n) | {id: ., host: "127.0.0.1", client_port: ($client + .), peer_port: ($peer + .)}]} * $settings' \
    >"$config"
  for ((i = 0; i < $1; ++i)); do
    "$RELEASE/replica" --config "$config" --id "$i" </dev/null >"$directory/log.$i" 2>&1 &
    pids+=($!)
  done
  await "$RELEASE/client" --config "$config" --timeout 1000 status
}

# start_etcd SIZE: returns when it takes writes.
start_etcd() {
  local i cluster=''
  endpoints=''
  for ((i = 0; i < $1; ++i)); do
    cluster+=${cluster:+,}member$i=http://127.0.0.1:$((PEER_PORT + i))
    endpoints+=${endpoints:+,}127.0.0.1:$((CLIENT_PORT + i))
  done
  mkdir -p "$directory/data"
  for ((i = 0; i < $1; ++i)); do
    etcd --name "member$i" --data-dir "$directory/data/member$i" --initial-cluster "$cluster" \
      --initial-cluster-state new --initial-cluster-token bench --logger zap --log-level error \
      --listen-peer-urls "http://127.0.0.1:$((PEER_PORT + i))" \
      --initial-advertise-peer-urls "http://127.0.0.1:$((PEER_PORT + i))" \
      --listen-client-urls "http://127.0.0.1:$((CLIENT_PORT + i))" \
      --advertise-client-urls "http://127.0.0.1:$((CLIENT_PORT + i))" </dev/null >"$directory/log.$i" 2>&1 &
    pids+=($!)
  done
  await "$RELEASE/etcd_load" --endpoints "$endpoints" -n "$((2 * $1))" --timeout 1000
}
