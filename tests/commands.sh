# The commands of run.sh that test and check the sources. Sourced by it, which defines what they use.
# shellcheck shell=bash

command_check_history() {
  [[ -x $RELEASE/check_history ]] || { install_packages && build_preset release check_history; } >&2
  local root=$PWD
  cd "$CALLER_DIR" || exit
  exec "$root/$RELEASE/check_history" "$@"
}

command_crash_timeline() {
  install_packages && build_preset release crash_timeline replica client_cli
  local root=$PWD
  cd "$CALLER_DIR" || exit
  exec "$root/$RELEASE/crash_timeline" "$@"
}

command_sim() {
  { install_packages && build_preset release sim; } >&2
  exec "$RELEASE/sim" "$@"
}

# --- tests -------------------------------------------------------------------------------------

passed=0 failed=0 skipped=0

# run_tests PRESET CTEST_ARGS...: adds to the totals.
run_tests() {
  local preset=$1 report=$PWD/build/$1.xml code=0
  local -a without_randomness=()
  shift
  addresses_for "$preset"
  rm -f "$report"
  say "Testing ($preset)"
  "${without_randomness[@]}" ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j 2 \
    --output-junit "$report" "$@" || code=$?
  local suite='' tests
  [[ ! -r $report ]] || suite=$(grep -m 1 -A 8 '<testsuite' "$report" | tr '\n\t' '  ')
  if [[ ! $suite =~ tests=\"([0-9]+)\".*failures=\"([0-9]+)\".*disabled=\"([0-9]+)\".*skipped=\"([0-9]+)\" ]]; then
    failed=$((failed + 1)) # ctest itself failed, or there was nothing to run.
    return
  fi
  tests=$((BASH_REMATCH[1] - BASH_REMATCH[3])) # A disabled one is a tool of another test.
  local bad=${BASH_REMATCH[2]} left_out=${BASH_REMATCH[4]}
  # What ctest counts as bad beside the failures, such as a program that was not built.
  if ((code != 0 && bad == 0)); then bad=1; fi
  passed=$((passed + tests - bad - left_out)) failed=$((failed + bad)) skipped=$((skipped + left_out))
}

command_test() {
  install_packages
  build_preset release
  if (($# > 0)); then
    run_tests release -R "$1"
  else
    run_tests release
    build_preset asan
    run_tests asan
    # What links gRPC is left out: its library is not built for this sanitizer. The core has no threads.
    build_preset tsan storage_test runtime_test
    run_tests tsan -L '^threads$'
  fi
  say "$passed passed, $failed failed, $skipped skipped"
  ((failed == 0 && passed > 0))
}

# --- the sources -------------------------------------------------------------------------------

sources() { find client pb replica tests -name '*.cc' -o -name '*.h'; }

command_format() {
  install_packages
  sources | xargs clang-format -i
}

command_check() {
  install_packages
  sources | xargs clang-format --dry-run -Werror || fail 1 "to mend the format: ./run.sh format"
  shellcheck run.sh packages.sh tests/commands.sh .ci/run
  build_preset release tidy_test
  "$RELEASE/tidy_test" --gtest_brief=1
}
