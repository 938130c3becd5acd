#!/bin/bash
# Runs each fuzz target of the main module for the given time, one after the other: go test takes one at a time.
#
#   tools/fuzz.sh DURATION
set -euo pipefail
cd "$(dirname "$0")/.."
duration=${1:?usage: tools/fuzz.sh DURATION}

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Only packages that hold a target: to list them, go test has to link a package's tests.
for package in $(grep -rl --include='*_test.go' --exclude-dir=e2e '^func Fuzz' . | xargs -r dirname | sort -u); do
  for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
    echo "$package $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$duration" "$package" | tee "$log" && continue
    # Go before 1.27 may take the end of the time for a failure (golang/go#75804). A real one leaves its input.
    grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input written' "$log" || exit 1
  done
done
