#!/bin/bash
# Runs each fuzz target of the main module, one after the other. How long is as in go test's -fuzztime: 30s, or 10000x for
# so many inputs. Inputs that reach something new are kept where go test keeps them, $(go env GOCACHE)/fuzz, and are where
# the next run begins.
#
#   tools/fuzz.sh FUZZTIME
set -euo pipefail
cd "$(dirname "$0")/.."
fuzztime=${1:?usage: tools/fuzz.sh FUZZTIME}
module=$(go list -m)
cache=$(go env GOCACHE)/fuzz

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# build makes a package's test program with instruments, which tell what an input has reached. go test -fuzz puts them into
# all code; for SQLite, which is C turned into Go, that takes some eight minutes. What is linked with it has them in our
# code alone.
build() { # PACKAGE
  if go list -deps -test "$1" | grep -cx modernc.org/sqlite >/dev/null; then
    go test -c -o "$work/test" "-gcflags=$module/...=-d=libfuzzer" "$1"
  else
    go test -c -o "$work/test" -fuzz . "$1"
  fi
}

# To make inputs small that are only interesting would take most of the time.
fuzz() { # PACKAGE TARGET
  (cd "$1" && "$work/test" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "$fuzztime" -test.fuzzminimizetime 100x \
    -test.fuzzcachedir "$cache/$module/${1#./}")
}

for package in $(grep -rl --include='*_test.go' --exclude-dir=e2e '^func Fuzz' . | xargs -r dirname | sort -u); do
  build "$package"
  for target in $(grep -ho '^func Fuzz[A-Za-z0-9]*' "$package"/*_test.go | cut -c6-); do
    echo "$package $target"
    fuzz "$package" "$target" | tee "$work/log" && continue
    # Go before 1.27 may call the end of the time a failure (golang/go#75804). A real one leaves its input, or is a seed.
    grep -q '^ *context deadline exceeded$' "$work/log" && ! grep -Eq 'Failing input written|seed corpus entry' "$work/log" || exit 1
    echo "that was the end of the time (golang/go#75804), and no failure"
  done
done
