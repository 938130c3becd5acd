#!/bin/bash
# Runs each fuzz target of the main module, one after the other: go test takes one at a time. How long is as in go test's
# -fuzztime: 30s, or 10000x for so many inputs.
#
# To be guided by coverage, a target's whole program is built with instruments. For SQLite, which is C turned into Go, that
# takes some eight minutes; with --quick, targets that are linked with it run unguided.
#
#   tools/fuzz.sh [--quick] FUZZTIME
set -euo pipefail
cd "$(dirname "$0")/.."
quick=
if [[ ${1:-} == --quick ]]; then
  quick=1
  shift
fi
fuzztime=${1:?usage: tools/fuzz.sh [--quick] FUZZTIME}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fuzz() { # PACKAGE TARGET
  # To make inputs small that are only interesting would take most of the time.
  if [[ $quick ]] && go list -deps -test "$1" | grep -cx modernc.org/sqlite >/dev/null; then
    go test -c -o "$work/test" "$1"
    (cd "$1" && "$work/test" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "$fuzztime" -test.fuzzminimizetime 100x \
      -test.fuzzcachedir "$work/cache")
  else
    go test -run '^$' -fuzz "^$2\$" -fuzztime "$fuzztime" -fuzzminimizetime 100x "$1"
  fi
}

# Only packages that hold a target: to list them, go test has to link a package's tests.
for package in $(grep -rl --include='*_test.go' --exclude-dir=e2e '^func Fuzz' . | xargs -r dirname | sort -u); do
  for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
    echo "$package $target"
    fuzz "$package" "$target" | tee "$work/log" && continue
    # Go before 1.27 may call the end of the time a failure (golang/go#75804). A real one leaves its input, or is a seed.
    grep -q '^ *context deadline exceeded$' "$work/log" && ! grep -Eq 'Failing input written|seed corpus entry' "$work/log" || exit 1
    echo "that was the end of the time (golang/go#75804), and no failure"
  done
done
