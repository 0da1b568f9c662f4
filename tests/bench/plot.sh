#!/usr/bin/env bash
# Pictures of reports that `client run --json FILE` wrote. See --help.
set -euo pipefail

usage() {
  cat <<'END'
Usage: tests/bench/plot.sh series OUT.svg|OUT.png REPORT.json
       tests/bench/plot.sh curve OUT.svg|OUT.png NAME=DIR...

series  operations a second and latency over the time of one run
curve   latency over throughput: a line for each NAME, a point for each report in its DIR (*.json)

Wants Debian's packages: gnuplot-nox jq
END
}

fail() {
  printf 'error: plot.sh: %s\n' "$2" >&2
  exit "$1"
}

# What every picture needs: the kind of file by its name, and colours that all eyes tell apart, in grey too.
preamble() {
  local kind='svg size 980,640 font "sans-serif,14" background "white"'
  [[ $1 != *.png ]] || kind='pngcairo size 980,640 font "sans,11" background "white"'
  printf 'set terminal %s\nset output "%s"\n' "$kind" "$1"
  printf 'set linetype %s linewidth 2 pointtype 7 pointsize 0.6\n' '1 linecolor "#0072b2"' '2 linecolor "#d55e00"' \
    '3 linecolor "#009e73"' '4 linecolor "#999999"' '5 linecolor "#cc79a7"' '6 linecolor "#e69f00"'
  printf 'set grid linetype 1 linewidth 0.5 linecolor "#dddddd"\nset border 3\nset tics nomirror\nset encoding utf8\n'
}

# What a comparison needs. The durability stands in the names of curves.
caption() {
  jq -r --arg kind "$2" '"N = \(.replicas), " + (if $kind == "curve" then "" else "durability \(.durability), " end) +
    "\(.loop) loop" + (if .loop == "closed" then " with \(.concurrency) in flight" else "" end) +
    ", \(.read_percent) % reads, values of \(.value_bytes) bytes, \(.conflict_percent_asked) % conflict\\n" +
    "\(.machine.cores) cores of \(.machine.cpu), \(.machine.kernel), commit \(.commit)"' "$1"
}

series() {
  local out=$1 report=$2
  jq -r '.seconds | to_entries[] | [.key + 1, .value.sent, .value.ok, .value.failed, .value.p50_ns / 1e6,
    .value.p99_ns / 1e6, .value.max_ns / 1e6] | join(" ")' "$report" >"$work/series"
  [[ -s $work/series ]] || fail 65 "$report has no seconds: the run was too short"
  {
    preamble "$out"
    printf 'set multiplot layout 2,1 title "%s" font ",12"\n' "$(caption "$report" series)"
    cat <<END
set lmargin 10
set rmargin 20
set key outside right top vertical
set ylabel "operations/s"
set yrange [0:*]
plot "$work/series" using 1:2 with lines linetype 4 title "sent", \
  "" using 1:3 with linespoints linetype 1 title "answered", "" using 1:4 with linespoints linetype 2 title "failed"
set xlabel "seconds"
set ylabel "latency, ms"
set logscale y
set yrange [*:*]
plot "$work/series" using 1:5 with linespoints linetype 1 title "p50", \
  "" using 1:6 with linespoints linetype 2 title "p99", "" using 1:7 with lines linetype 4 title "longest"
unset multiplot
END
  } | gnuplot
}

curve() {
  local out=$1 name list='' i=0 first='' directory
  shift
  for name in "$@"; do
    directory=${name#*=} name=${name%%=*}
    i=$((i + 1))
    first=${first:-$(find "$directory" -name '*.json' | sort | head -n 1)}
    jq -r '[.operations_per_second / 1000, .latency_ns.p50 / 1e6, .latency_ns.p99 / 1e6] | join(" ")' \
      "$directory"/*.json | sort -g >"$work/curve.$i"
    list+="${list:+, }\"$work/curve.$i\" using 1:2 with linespoints linetype $i title \"$name p50\""
    list+=", \"\" using 1:3 with linespoints linetype $i dashtype 2 title \"$name p99\""
  done
  {
    preamble "$out"
    cat <<END
set title "$(caption "$first" curve)" font ",12"
set key top left
set xlabel "operations answered, thousands a second"
set ylabel "latency from the moment asked for, ms"
set logscale y
set xrange [0:*]
plot $list
END
  } | gnuplot
}

case ${1:-} in
  series) (($# == 3)) || fail 64 "series needs OUT and REPORT.json; --help shows how" ;;
  curve) (($# >= 3)) || fail 64 "curve needs OUT and NAME=DIR; --help shows how" ;;
  -h | --help) usage && exit 0 ;;
  *) fail 64 "series or curve? --help shows how" ;;
esac
for program in gnuplot:gnuplot-nox jq; do
  command -v "${program%:*}" >/dev/null ||
    fail 69 "${program#*:} is not installed; apt-get install --no-install-recommends ${program#*:}"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$@"
printf 'picture: %s\n' "$2"
