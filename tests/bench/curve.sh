#!/usr/bin/env bash
# Latency over throughput of an open loop, from idle to overload, with etcd beside it if wanted. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/bench/cluster.sh
source tests/bench/cluster.sh

usage() {
  cat <<'END'
Usage: tests/bench/curve.sh [OPTION VALUE]... [-- FLAGS OF client run]
Finds the peak of each system by a closed loop, asks for shares of it in an open one, prints a table in Markdown and
draws it.

  --out curve.svg        the picture; also .png
  --members 5            size of the cluster
  --systems "none"       Althing by its durability, and etcd: "fsync os none etcd"
  --shares "10 25 50 70 80 90 100"
                         percent of the peak, a point each
  --peak-in-flight 256   of the closed loop that finds the peak
  --seconds 5            of each point, after one that does not count
  --settings '{...}'     laid over Althing's configuration
  --reports DIR          keeps each point's report there, in a directory for each system
  --directory DIR        where data and logs go while it runs (run/bench)

As in: tests/bench/curve.sh --systems "fsync etcd" -- --reads 50 --keys zipf --key-count 100000 --load
Wants Debian's packages: gnuplot-nox jq, and etcd-server for etcd
END
}

out=curve.svg members=5 systems=none shares="10 25 50 70 80 90 100" peak_in_flight=256 seconds=5 settings='{}'
reports=''
flags=()

parse() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --)
        shift
        flags=("$@")
        return
        ;;
      --out | --members | --systems | --shares | --peak-in-flight | --seconds | --settings | --reports | --directory)
        (($# >= 2)) || fail 64 "$1 needs a value"
        local name=${1#--}
        printf -v "${name//-/_}" '%s' "$2"
        shift 2
        ;;
      *) fail 64 "there is no option \"$1\"; --help lists them" ;;
    esac
  done
}

# load SYSTEM FLAGS...: prints the report. An overloaded cluster refuses some: that is no failure of the measurement.
load() {
  local system=$1 code=0
  shift
  if [[ $system == etcd ]]; then
    "$RELEASE/etcd_load" --endpoints "$endpoints" -o json "${flags[@]}" "$@" || code=$?
  else
    "$RELEASE/client" --config "$config" run --mode round-robin -o json "${flags[@]}" "$@" || code=$?
  fi
  ((code == 0 || code == 4)) || fail 69 "the load failed with code $code (above)"
}

# Prints rows, and leaves the reports in $directory/SYSTEM.
one_system() {
  local system=$1 idle peak share rate p50_idle
  mkdir -p "$directory/reports/$system"
  if [[ $system == etcd ]]; then start_etcd "$members"; else start_althing "$members" "$system" "$settings"; fi
  idle=$(load "$system" --duration $((seconds + 1)) --leave-out-first 1 --concurrency 1)
  p50_idle=$(jq .latency_ns.p50 <<<"$idle")
  peak=$(load "$system" --duration $((seconds + 1)) --leave-out-first 1 --concurrency "$peak_in_flight" --seed 2 |
    jq .operations_per_second)
  note "$system: p50 at 1 in flight $p50_idle ns, peak $peak/s"
  local seed=10 report
  for share in $shares; do
    rate=$(awk -v peak="$peak" -v share="$share" 'BEGIN {print peak * share / 100}')
    seed=$((seed + 1))
    report=$directory/reports/$system/$(printf '%03d' "$share").json
    load "$system" --duration $((seconds + 1)) --leave-out-first 1 --rate "$rate" --seed "$seed" >"$report"
    jq -r --arg system "$system" --arg share "$share" --argjson idle "$p50_idle" '
      def ms: . / 1e4 | round / 100;
      "| \($system) | \($share) | \(.asked_per_second | round) | \(.operations_per_second | round) | " +
      "\(.latency_ns.p50 | ms) | \(.latency_ns.p99 | ms) | \(.latency_ns["p99.9"] | ms) | " +
      "\(.latency_ns.p99 / $idle * 10 | round / 10) | \(.late_ns.p99 | ms) | \(.operations - .ok) |"' "$report"
  done
  stop_all
}

parse "$@"
need_programs jq gnuplot:gnuplot-nox
[[ " $systems " != *" etcd "* ]] || need_programs etcd:etcd-server
need_built replica client etcd_load
prepare
printf '%s seconds a point, open loop (Poisson), unary, over all members in turn; peak: closed loop with %s in flight.\n' \
  "$seconds" "$peak_in_flight"
printf 'N = %s, loopback, load average %s, commit %s, %s cores%s.\n\n' "$members" "$(cut -d' ' -f1 /proc/loadavg)" \
  "$(git describe --always --dirty 2>/dev/null || printf unknown)" "$(nproc)" "${flags[*]:+; ${flags[*]}}"
printf '| system | %% of peak | asked/s | answered/s | p50 ms | p99 ms | p99.9 ms | p99 to p50 at 1 in flight | sent late, p99 ms | errors |\n'
printf '|---|---|---|---|---|---|---|---|---|---|\n'
lines=()
for system in $systems; do
  one_system "$system"
  name=etcd
  [[ $system == etcd ]] || name="Althing, $system"
  lines+=("$name=$directory/reports/$system")
done
if [[ -n $reports ]]; then
  mkdir -p "$reports"
  cp -r "$directory/reports/." "$reports"
fi
tests/bench/plot.sh curve "$out" "${lines[@]}" >&2
