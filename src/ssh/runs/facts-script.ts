import { sectionScript } from './sections.ts';

/** Programs worth knowing about before a command is written. */
const programs =
  'apt-get dnf yum zypper pacman apk brew pkg ' +
  'sudo systemctl rc-service docker podman kubectl git curl python3 node jq rsync';

const body = [
  'release() { cat /etc/os-release || cat /usr/lib/os-release || cat /etc/redhat-release; }',
  'processor() { lscpu || cat /proc/cpuinfo || sysctl -n machdep.cpu.brand_string; }',
  'processors() { nproc || getconf _NPROCESSORS_ONLN || sysctl -n hw.ncpu; }',
  'shell() { echo "$SHELL"; }',
  `programs() { for program in ${programs}; do command -v $program >/dev/null && echo $program; done; }`,
  'disks() { { df -hP --total || df -hP /; } | tail -n 1; }',
  'section hostname uname -n',
  'section uptime uptime',
  'section os_release release',
  'section kernel uname -r',
  'section system uname -s',
  'section arch uname -m',
  'section processor processor',
  'section processors processors',
  'section memory cat /proc/meminfo',
  'section disk df -hP /',
  'section free free -h',
  'section disks disks',
  'section load cat /proc/loadavg',
  'section id id',
  'section shell shell',
  'section init cat /proc/1/comm',
  'section programs programs',
  'section logins who',
  'section time date -u +%Y-%m-%dT%H:%M:%SZ',
  'section zone date +%z',
].join('; ');

/** A command that tells what a host is, read-only. */
export const factsScript = sectionScript(body);
