#!/bin/bash
# Runs each fuzz target of the main module, one after the other: go test takes one at a time. How long is as in go test's
# -fuzztime: 30s, or 10000x for so many inputs.
#
#   tools/fuzz.sh FUZZTIME
set -euo pipefail
cd "$(dirname "$0")/.."
fuzztime=${1:?usage: tools/fuzz.sh FUZZTIME}

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Only packages that hold a target: to list them, go test has to link a package's tests.
for package in $(grep -rl --include='*_test.go' --exclude-dir=e2e '^func Fuzz' . | xargs -r dirname | sort -u); do
  for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
    echo "$package $target"
    # To make inputs small that are only interesting would take most of the time.
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$fuzztime" -fuzzminimizetime 100x "$package" | tee "$log" && continue
    # Go before 1.27 may call the end of the time a failure (golang/go#75804). A real one leaves its input, or is a seed.
    grep -q '^ *context deadline exceeded$' "$log" && ! grep -Eq 'Failing input written|seed corpus entry' "$log" || exit 1
    echo "that was the end of the time (golang/go#75804), and no failure"
  done
done
