#!/bin/bash
# go test in one of the modules. With CI=true a skipped test is a failure: a check that did not run must not look like
# one that passed.
#
#   tools/test.sh MODULE ARGUMENTS...
set -euo pipefail
cd "$(dirname "$0")/../$1"

# Databases in memory wait for no disk. Which of them reach the disk, no test could tell: none cuts the power. The module
# e2e stays on the disk, for what its servers keep beside their files.
if [[ $1 == . && ! ${TMPDIR:-} ]] && findmnt -nt tmpfs -o OPTIONS /dev/shm 2>/dev/null | grep -vw noexec >/dev/null &&
  (($(df --output=avail -B1G /dev/shm | tail -1) >= 8)); then
  export TMPDIR=/dev/shm GOTMPDIR=/tmp
fi
shift

if [[ ${CI:-} != true ]]; then
  exec go test "$@"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
go test -v "$@" 2>&1 | tee "$log" | grep --line-buffered -Ev '^ *(=== |--- PASS)|^PASS$'
if grep -E -A1 '^ *--- SKIP' "$log" >&2; then
  echo "these tests were skipped; with CI=true nothing may be" >&2
  exit 1
fi
