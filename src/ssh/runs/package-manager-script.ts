import { shellWord } from '../../base/shell-word.ts';
import { sectionScript } from './sections.ts';

/** Programs by which we know a package manager, and sudo. */
const programs = 'apt-get dnf yum zypper apk pacman sudo';

/** What dpkg and rpm are asked to say of a package. */
const dpkgFormat = '${db:Status-Status} ${Version}\\n';
const rpmFormat = '%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\\n';

const body = [
  `programs() { for program in ${programs}; do command -v $program >/dev/null && echo $program; done; }`,
  'section uid id -u',
  'section programs programs',
  'dpkg=${1%%=*}; apk=${1%%[=~@]*}',
  'section dpkg dpkg-query -W -f "$2" "$dpkg"',
  'section rpm rpm -q --qf "$3" "$1"',
  'section apk apk list --installed "$apk"',
  'section pacman pacman -Q "$1"',
].join('; ');

/** A command that tells which package managers a host has, who the account is, and in which version it has a package, read-only. */
export function packageManagerScript(name: string): string {
  return sectionScript(body, [name, dpkgFormat, rpmFormat].map(shellWord));
}
