#!/usr/bin/env bash
# Althing beside etcd, on this machine, under one load loop: unary puts over all members, closed loop,
# alternating, with fresh directories, and the flushes that each decision waited for in sequence. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/bench/cluster.sh
source tests/bench/cluster.sh

usage() {
  cat <<'END'
Usage: tests/bench/flushes.sh [OPTION VALUE]...
Prints a table in Markdown; the machine should do nothing else. About (systems x (2 + cells x seconds)) x runs x
sizes: ten minutes as it stands, half a minute with --seconds 1 --runs 1.

  --members "3 5"        sizes of the clusters
  --systems "fsync etcd os none"
                         Althing by its durability, and etcd; they take turns in this order. fsync-in_sequence and
                         os-in_sequence: with debug.flush_order in_sequence
  --cells "1:0 64:0 1000:0"
                         operations in flight, and percent of them on one shared key
  --seconds 3            measured in each cell, after one that is not
  --runs 5               each figure is the median of so many
  --settings '{...}'     laid over Althing's configuration, as in '{"thrifty": false}'
  --raw FILE             keeps each run's figures, as CSV
  --directory DIR        where data and logs go while it runs; on the disk that is to be measured (run/bench)

Wants Debian's packages: etcd-server jq
END
}

members="3 5" systems="fsync etcd os none" cells="1:0 64:0 1000:0" seconds=3 runs=5 settings='{}' raw=''

parse() {
  while (($# > 0)); do
    case $1 in
      -h | --help) usage && exit 0 ;;
      --members | --systems | --cells | --seconds | --runs | --settings | --raw | --directory)
        (($# >= 2)) || fail 64 "$1 needs a value"
        printf -v "${1#--}" '%s' "$2"
        shift 2
        ;;
      *) fail 64 "there is no option \"$1\"; --help lists them" ;;
    esac
  done
  jq -e 'type == "object"' <<<"$settings" >/dev/null 2>&1 || fail 64 "--settings is no object of JSON"
}

# paths: "FASTS TWO_FLUSH_FASTS SLOWS" of all replicas so far.
paths() {
  "$RELEASE/client" --config "$config" metrics |
    jq -r '[.replicas[].metrics | [.Fasts, .TwoFlushFasts, .Slows]] | transpose | map(add) | join(" ")'
}

# one_cell SIZE SYSTEM CELL RUN: loads what runs, and adds a line to the raw figures.
one_cell() {
  local size=$1 system=$2 in_flight=${3%:*} conflict=${3#*:} report before='0 0 0' after='0 0 0'
  local -a load=(run --mode round-robin)
  [[ $system != etcd ]] || load=()
  [[ $system == etcd ]] || before=$(paths)
  load+=(--concurrency "$in_flight" --conflict "$conflict" --duration "$((seconds + 1))" --leave-out-first 1
    --seed "$4$in_flight" -o json)
  if [[ $system == etcd ]]; then
    report=$("$RELEASE/etcd_load" --endpoints "$endpoints" "${load[@]}") || fail 69 "etcd_load failed (above)"
  else
    report=$("$RELEASE/client" --config "$config" "${load[@]}") || fail 69 "client run failed (above)"
    after=$(paths)
  fi
  local figures
  figures=$(jq -r '[.latency_ns.p50, .latency_ns.p99, .operations_per_second] | join(",")' <<<"$report")
  local -a was=() is=()
  read -ra was <<<"$before"
  read -ra is <<<"$after"
  printf '%s,%s,%s,%s,%s,%s,%s,%s,%s\n' "$size" "$in_flight" "$conflict" "$system" "$4" "$figures" \
    "$((is[0] - was[0]))" "$((is[1] - was[1]))" "$((is[2] - was[2]))" >>"$raw_file"
}

# start_system SIZE SYSTEM: Althing as the system's name says.
start_system() {
  local order='{}'
  [[ $2 != *-in_sequence ]] || order='{"debug": {"flush_order": "in_sequence"}}'
  start_althing "$1" "${2%-in_sequence}" "$(jq -n --argjson a "$settings" --argjson b "$order" '$a * $b')"
}

# In a run each system starts once, on nothing, and goes through all cells.
measure() {
  local size run system cell
  for size in $members; do
    for ((run = 1; run <= runs; ++run)); do
      for system in $systems; do
        note "N=$size run $run of $runs: $system"
        if [[ $system == etcd ]]; then start_etcd "$size"; else start_system "$size" "$system"; fi
        for cell in $cells; do one_cell "$size" "$system" "$cell" "$run"; done
        stop_all
      done
    done
  done
}

# Medians; the ratios are medians of the ratios within one run. Flushes: 1 for a decision by the designated fast
# quorum, 2 for the other fast one and for the slow path; in_sequence 3 for each (docs/protocol.md, 4).
table() {
  awk -F, '
    function median(list, n, i, j, t) {
      for (i = 2; i <= n; ++i) {
        t = list[i]
        for (j = i - 1; j >= 1 && list[j] > t; --j) list[j + 1] = list[j]
        list[j + 1] = t
      }
      return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
    }
    function of(key, what, peer, n, list, run) {
      n = 0
      for (run = 1; run <= runs[key]; ++run) {
        if (peer == "") list[++n] = value[key, run, what]
        else if ((peer, run, what) in value && value[peer, run, what] > 0)
          list[++n] = value[key, run, what] / value[peer, run, what]
      }
      return n ? median(list, n) : -1
    }
    {
      key = $1 "," $2 "," $3 "," $4
      if (!(key in runs)) order[++keys] = key
      runs[key] = $5
      for (i = 6; i <= 11; ++i) value[key, $5, i] = $i
      for (i = 9; i <= 11; ++i) sum[key, i] += $i
    }
    END {
      print "| N | in flight | conflict % | system | p50 ms | p99 ms | operations/s | p50 to etcd | operations/s to etcd | % of decisions: fast by F / fast by others / slow | flushes in sequence, mean |"
      print "|---|---|---|---|---|---|---|---|---|---|---|"
      for (k = 1; k <= keys; ++k) {
        key = order[k]; split(key, part, ",")
        peer = part[1] "," part[2] "," part[3] ",etcd"
        p50 = of(key, 6, peer); ops = of(key, 8, peer)
        all = sum[key, 9] + sum[key, 11]
        shares = "-"; mean = "-"
        if (all > 0 && part[4] != "none") {
          slow = 100 * sum[key, 11] / all; two = 100 * sum[key, 10] / all
          shares = sprintf("%.1f / %.1f / %.1f", 100 - slow - two, two, slow)
          mean = part[4] ~ /-in_sequence$/ ? "3.00" : sprintf("%.2f", 1 + (slow + two) / 100)
        }
        printf "| %s | %s | %s | %s | %.3f | %.3f | %.0f | %s | %s | %s | %s |\n", part[1], part[2], part[3],
          part[4] == "etcd" ? "etcd" : "Althing, " part[4], of(key, 6, "") / 1e6, of(key, 7, "") / 1e6,
          of(key, 8, ""), p50 < 0 ? "-" : sprintf("%.2f", p50), ops < 0 ? "-" : sprintf("%.2f", ops), shares, mean
      }
    }' "$raw_file"
}

caption() {
  printf 'tests/bench/flushes.sh'
  (($# == 0)) || printf ' %q' "$@"
  printf '\n%s runs of %s s each, median; unary puts of 16 + 16 bytes over all members in turn; closed loop; loopback.\n' \
    "$runs" "$seconds"
  printf 'Load average at the start %s. Commit %s, etcd %s, %s cores, %s.\n\n' "$load_at_start" \
    "$(git describe --always --dirty 2>/dev/null || printf unknown)" \
    "$(etcd --version 2>/dev/null | awk '/etcd Version/ {print $3}')" "$(nproc)" "$(uname -sr)"
}

parse "$@"
need_programs jq
[[ " $systems " != *" etcd "* ]] || need_programs etcd:etcd-server
need_built replica client etcd_load
load_at_start=$(cut -d' ' -f1-3 /proc/loadavg)
prepare
raw_file=$directory/raw.csv
: >"$raw_file"
measure
caption "$@"
table
[[ -z $raw ]] || {
  printf 'n,in_flight,conflict_percent,system,run,p50_ns,p99_ns,operations_per_second,fasts,two_flush_fasts,slows\n'
  cat "$raw_file"
} >"$raw"
