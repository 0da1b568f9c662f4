#!/usr/bin/env bash
# Several client processes that load a cluster from the same moment on, and what they saw together. See --help.
set -euo pipefail

usage() {
  cat <<'END'
Usage: tests/bench/processes.sh COUNT REPORT.json CLIENT... -- FLAGS OF run

As in: tests/bench/processes.sh 3 together.json build/release/client --config config.json -- --rate 1000 --duration 10
Each process gets a seed of its own (--seed of FLAGS and the next ones, 1 and up without it), so that keys differ
where each write has its own, and FLAGS as they stand: a rate is that of each. REPORT.json gets the sums and the
quantiles of all latencies, with what each process reported below "processes"; a summary is printed. Ctrl-C ends
them all.

Wants Debian's package jq
END
}

fail() {
  printf 'error: processes.sh: %s\n' "$2" >&2
  exit "$1"
}

# Sums, and quantiles from the sums of the histograms. The time that counts is the longest one.
together() {
  jq -s '
    def quantile($q): . as $h | ([$h[][1]] | add // 0) as $n |
      reduce $h[] as $b ({seen: 0}; if .value == null then .seen += $b[1] |
        if .seen >= ($q * $n | ceil) then .value = $b[0] else . end else . end) | .value // 0;
    ([.[].latency_histogram_ns[]] | group_by(.[0]) | map([.[0][0], (map(.[1]) | add)])) as $all |
    {processes: length, operations: (map(.operations) | add), ok: (map(.ok) | add),
      interrupted: any(.[]; .interrupted),
      operations_per_second: (map(.operations_per_second) | add),
      duration_seconds: (map(.duration_seconds) | max),
      began_apart_seconds: ((map(.started_unix_seconds) | max) - (map(.started_unix_seconds) | min)),
      latency_ns: {p50: ($all | quantile(0.5)), p90: ($all | quantile(0.9)), p99: ($all | quantile(0.99)),
        "p99.9": ($all | quantile(0.999)), max: (map(.latency_ns.max) | max)},
      latency_histogram_ns: $all, reports: .}' "$@"
}

[[ ${1:-} != -h && ${1:-} != --help ]] || { usage && exit 0; }
command -v jq >/dev/null || fail 69 "jq is not installed; apt-get install --no-install-recommends jq"
(($# >= 3)) || fail 64 "COUNT, REPORT.json and CLIENT are missing; --help shows how"
[[ $1 =~ ^[1-9][0-9]*$ ]] || fail 64 "\"$1\" is no number of processes"
count=$1 report=$2 seed=1
shift 2
client=()
while (($# > 0)) && [[ $1 != -- ]]; do client+=("$1") && shift; done
shift || fail 64 "-- and the flags of run are missing"
flags=()
while (($# > 0)); do
  if [[ $1 == --seed ]]; then seed=${2:?} && shift; else flags+=("$1"); fi
  shift
done

work=$(mktemp -d) pids=()
# Asked twice to end when Ctrl-C has reached them already, they end once.
end_all() {
  ((${#pids[@]} == 0)) || kill -TERM "${pids[@]}" 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Time enough for all to start, and to connect.
start_at=$(date -d '+2 seconds' +%s.%N)
for ((i = 0; i < count; ++i)); do
  "${client[@]}" run "${flags[@]}" --seed $((seed + i)) --start-at "$start_at" --json "$work/$i.json" \
    >/dev/null 2>"$work/$i.err" &
  pids+=($!)
done
code=0
for ((i = 0; i < count; ++i)); do
  ended=0
  wait "${pids[i]}" || ended=$?
  sed "s/^/process $i: /" "$work/$i.err" >&2
  ((ended == 0)) || code=$ended
  [[ -s $work/$i.json ]] || fail "$code" "process $i has no report"
done
pids=()
together "$work"/*.json >"$report"
jq -r '"\(.processes) processes, begun within \(.began_apart_seconds * 1e3 | round) ms: \(.operations) operations, " +
  "\(.operations - .ok) failed, \(.operations_per_second | round) ops/s; p50 \(.latency_ns.p50 / 1e6) ms, " +
  "p99 \(.latency_ns.p99 / 1e6) ms, max \(.latency_ns.max / 1e6) ms"' "$report"
((code == 0)) || exit "$code"
