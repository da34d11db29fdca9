import { shellWord } from '../base/shell-word.ts';
import type { PackageManager } from '../policy/action.ts';
import { sectionMark, sectionScript } from '../ssh/runs/sections.ts';

/** Seconds to wait for another process that is installing. */
const lockWaitS = 120;

interface Manager {
  /** As a person would type it, the package's name to follow; then what may go before it. */
  readonly plain: readonly [install: string, ...before: string[]];
  /** Shell text. `$1` is the package; `root PROGRAM …` runs it as root; `$base` is the package without version or architecture. */
  readonly steps: readonly string[];
}

const managers: Readonly<Record<PackageManager, Manager>> = {
  apt: {
    plain: ['apt-get install -y', 'apt-get update'],
    steps: [
      'base=${1%%=*}; base=${base%%:*}',
      `get() { verb=$1; shift; root DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get $verb -y -q -o DPkg::Lock::Timeout=${lockWaitS} -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o APT::Cmd::Pattern-Only=true "$@"; }`,
      'known() { apt-cache -o APT::Cache::AllNames=true pkgnames "$base" 2>/dev/null | grep -Fxq -e "$base"; }',
      'recent() { [ -n "$(find /var/lib/apt/lists /var/lib/apt/lists/partial -maxdepth 0 -mtime -1 2>/dev/null)" ]; }',
      '{ known && recent; } || get update || { sleep 5; get update; }',
      // An older apt takes an unknown name that holds one of these for a regular expression, and installs what matches.
      'case $base in *[.+]*) known || { echo "E: Unable to locate package $base" >&2; exit 100; } ;; esac',
      'get install "$1"',
    ],
  },
  // dnf and yum wait for the lock by themselves, until we end them.
  dnf: { plain: ['dnf install -y'], steps: ['root dnf install -y "$1"'] },
  yum: { plain: ['yum install -y'], steps: ['root yum install -y "$1"'] },
  zypper: {
    plain: ['zypper --non-interactive install'],
    steps: [`root ZYPP_LOCK_TIMEOUT=${lockWaitS} zypper --non-interactive install "$1"`],
  },
  apk: {
    plain: ['apk add', 'apk update'],
    steps: [
      'base=${1%%[=~@]*}',
      `apk policy "$base" 2>/dev/null | grep -q . || root apk update --wait ${lockWaitS}`,
      `root apk add --wait ${lockWaitS} "$1"`,
    ],
  },
  pacman: {
    plain: ['pacman -S --noconfirm --needed', 'pacman -Sy --noconfirm'],
    steps: [
      `n=${lockWaitS / 5}; while [ -e /var/lib/pacman/db.lck ] && [ $n -gt 0 ]; do sleep 5; n=$((n-1)); done`,
      'pacman -Si "$1" >/dev/null 2>&1 || root pacman -Sy --noconfirm',
      'root pacman -S --noconfirm --needed "$1"',
    ],
  },
};

/** Said by the command, on its standard error, when sudo did not let it become root. */
export const sudoRefused = `${sectionMark} sudo`;

/** What installing it comes to, as a person would type it. */
export function plainInstall(manager: PackageManager, name: string): readonly string[] {
  const [install, ...before] = managers[manager].plain;
  return [`${install} ${name}`, ...before];
}

/** The exact text that is sent. */
export function installCommand(manager: PackageManager, name: string, rootBy: 'sudo' | 'itself'): string {
  const environment = rootBy === 'sudo' ? 'sudo -n env' : 'env';
  const body = [
    `root() { ${environment} "$@" </dev/null; }`,
    ...(rootBy === 'sudo' ? [`root >/dev/null || { echo "${sudoRefused}" >&2; exit 1; }`] : []),
    ...managers[manager].steps,
  ];
  return sectionScript(body.join('; '), [shellWord(name)]);
}
