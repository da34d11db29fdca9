#!/bin/sh
# Makes sure that the programs the tests drive are here: OpenSSH's server and clients, Dropbear's server, with a library
# that gives it accounts of the tests' own, the shells that accounts have, PostgreSQL's server, and Chromium; for root, also sudo.
#
# Root: installed with apt; no service is started, now or at the next boot, by what this script adds.
# Anybody else: unpacked into node_modules/.cache, where test/fixtures/machine.ts looks for what is not on the machine.
# Does nothing, quickly, when everything is here. Nothing but apt's own archives is ever asked.
set -eu

packages='openssh-server openssh-sftp-server openssh-client dropbear-bin libnss-wrapper dash bash busybox zsh fish postgresql chromium'
[ "$(id -u)" != 0 ] || packages="$packages sudo"
cache=$(cd "$(dirname "$0")/.." && pwd)/node_modules/.cache/test-deps
root=$cache/root

# present PATTERN…: whether a file matches one of them, on the machine or in the cache.
present() {
  for pattern; do
    for file in $pattern "$root"$pattern; do
      [ -e "$file" ] && return 0
    done
  done
  return 1
}

all_present() {
  # Only root can make accounts that may use sudo, and an unpacked one would not be let become root.
  [ "$(id -u)" != 0 ] || present /usr/bin/sudo || return 1
  for shell in dash bash busybox zsh fish; do
    present "/bin/$shell" "/usr/bin/$shell" || return 1
  done
  present /usr/sbin/sshd && present /usr/bin/ssh && present /usr/bin/sftp && present /usr/bin/ssh-keygen &&
    present /usr/sbin/dropbear && present /usr/bin/dropbearkey && present '/usr/lib/*/libnss_wrapper.so' &&
    present '/usr/lib/postgresql/*/bin/postgres' && present /usr/lib/chromium/chromium
}

fail() {
  echo "install-test-deps: $1" >&2
  exit 1
}

install_as_root() {
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  services=
  [ -x /usr/sbin/sshd ] || services="$services ssh.service ssh.socket"
  ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || services="$services postgresql.service"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  # shellcheck disable=SC2086 # a list of names
  apt-get install -y -q --no-install-recommends $packages
  if [ -d /run/systemd/system ]; then
    for service in $services; do
      systemctl disable --quiet "$service" 2>/dev/null || true
    done
  fi
}

unpack_as_user() {
  mkdir -p "$cache/lists/partial" "$cache/archives/partial" "$root"
  options="-q -o Debug::NoLocking=1 -o Dir::State::Lists=$cache/lists -o Dir::Cache=$cache -o Dir::Cache::Archives=$cache/archives"
  case $cache in *[[:space:]]*) fail "apt cannot work in a directory with blanks in its name: $cache" ;; esac
  # shellcheck disable=SC2086 # lists of options and names
  apt-get $options update
  # shellcheck disable=SC2086
  apt-get $options install -y --download-only --no-install-recommends $packages
  for archive in "$cache"/archives/*.deb; do
    dpkg -x "$archive" "$root"
  done
  rm -rf "$cache/archives" "$cache/lists"
}

all_present && exit 0
command -v apt-get >/dev/null || fail "the tests need $packages; install what your system calls them, and run again"
echo "install-test-deps: fetching $packages" >&2
if [ "$(id -u)" = 0 ]; then install_as_root >&2; else unpack_as_user >&2; fi
all_present || fail "apt has run, and still not all that is in these packages is here: $packages"
