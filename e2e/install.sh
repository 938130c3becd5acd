#!/bin/bash
# Installs the real clients and oracles that the tests drive and that are lacking here: Debian's packages when root, the
# npm packages of e2e/node and e2e/gateway, versitygw and Pebble. What can't be installed is named, and its tests are skipped; with
# CI=true that is a failure.
set -euo pipefail
cd "$(dirname "$0")"

# lacking prints the Debian packages whose programs aren't here.
lacking() {
  command -v "$(go env CC)" >/dev/null || echo gcc
  [[ -e /usr/include/stdlib.h ]] || echo libc6-dev
  [[ -x /usr/bin/aws ]] || echo awscli
  /usr/bin/python3 -c 'import boto3.session' 2>/dev/null || echo python3-boto3
  command -v curl >/dev/null || echo curl
  command -v oathtool >/dev/null || echo oathtool
  command -v zbarimg >/dev/null || echo zbar-tools
  [[ -x /usr/lib/postgresql/15/bin/postgres ]] || echo postgresql-15
  [[ -x /usr/sbin/nginx ]] || echo nginx-light
  command -v rclone >/dev/null || echo rclone
  command -v s3cmd >/dev/null || echo s3cmd
  command -v s3fs >/dev/null || echo s3fs
  command -v node >/dev/null || echo nodejs
  command -v npm >/dev/null || echo npm
  command -v fish >/dev/null || echo fish
  [[ -x /usr/sbin/rsyslogd ]] || echo rsyslog
  compgen -G '/usr/lib/*/rsyslog/lmnsd_gtls.so' >/dev/null || echo rsyslog-gnutls
  command -v systemd-analyze >/dev/null || echo systemd
  command -v strace >/dev/null || echo strace
  command -v promtool >/dev/null || echo prometheus
}

install_packages() {
  # The tests start PostgreSQL themselves: don't leave a server behind that nobody asked for.
  if [[ ! -e /etc/postgresql-common ]]; then
    mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  fi
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 # nor one of nginx or rsyslog
  apt-get update -qq
  apt-get install -qq -y --no-install-recommends -o Dpkg::Options::=--force-confold "$@"
}

mapfile -t packages < <(lacking)
if ((${#packages[@]})) && ((EUID == 0)) && command -v apt-get >/dev/null; then
  echo "installing ${packages[*]}"
  install_packages "${packages[@]}" >&2 || true
fi
mapfile -t left_out < <(lacking)

for directory in node gateway; do
  if command -v npm >/dev/null && [[ ! $directory/node_modules/.package-lock.json -nt $directory/package-lock.json ]]; then
    (cd $directory && npm ci --no-audit --no-fund --loglevel=error) || left_out+=("the npm packages of e2e/$directory")
  fi
done

# The S3 behind the gateway takes minutes to build the first time: not within the time that go test gives a test.
(cd versitygw && go tool -n versitygw >/dev/null) || left_out+=(versitygw)
(cd pebble && go tool -n pebble >/dev/null && go tool -n pebble-challtestsrv >/dev/null) || left_out+=(pebble)

if ((${#left_out[@]})); then
  printf 'left out, with the tests that use it: %s\n' "${left_out[@]}" >&2
  [[ ${CI:-} != true ]] || exit 1
fi
