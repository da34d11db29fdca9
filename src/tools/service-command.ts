import { shellWord } from '../base/shell-word.ts';
import type { HostId } from '../hosts/host.ts';
import type { BuiltAction } from '../policy/action.ts';
import { sectionScript } from '../ssh/runs/sections.ts';

const properties = ['Id', 'Description', 'LoadState', 'ActiveState', 'SubState', 'UnitFileState', 'MainPID', 'Result'];

/** What the scripts about services begin with: the service is `$1`. */
export const serviceWords = [
  'SYSTEMD_PAGER=; SYSTEMD_COLORS=0; EINFO_COLOR=NO; export SYSTEMD_PAGER SYSTEMD_COLORS EINFO_COLOR',
  'unit=$1; script=${1%.service}',
  'has() { command -v $1 >/dev/null; }',
  'all() { "$@" 2>&1; }',
  // As in a container, systemctl may be installed and not be what runs the machine: it has no word for the unit then.
  'answers() { case $1 in *active|*activating|*reloading|*refreshing|*failed|*maintenance|*unknown) return 0 ;; esac; return 1; }',
].join('; ');

/** Succeeds where systemd runs the machine. */
export const isSystemd = 'has systemctl && answers "$(all systemctl is-active "$unit")"';

const systemd = [
  'has systemctl || return 1; section "$at"is-active all systemctl is-active "$unit"',
  'answers "$text" || return 1',
  `section "$at"show systemctl show "$unit" --no-pager ${properties.map((name) => `-p ${name}`).join(' ')}`,
  'section "$at"is-enabled all systemctl is-enabled "$unit"',
  'section "$at"status all systemctl status "$unit" --no-pager --full --lines=10',
];

const openrc = [
  'has rc-service || return 1; section "$at"rc-service all rc-service "$script" status',
  'section "$at"rc-update rc-update show',
];

const sysv = [
  'if has service; then section "$at"service all service "$script" status',
  'elif [ -x "/etc/init.d/$script" ]; then section "$at"service all "/etc/init.d/$script" status',
  'else return 1; fi',
  'links() { for link in /etc/rc[2-5].d/S[0-9][0-9]"$script" /etc/rc.d/rc[2-5].d/S[0-9][0-9]"$script"; do [ -e "$link" ] && echo "$link"; done; }',
  'section "$at"links links',
];

/** Shell text after `serviceWords`: `look` writes sections about the service, each name beginning with `$at`. */
export const lookAtService = [
  `systemd() { ${systemd.join('; ')}; }`,
  `openrc() { ${openrc.join('; ')}; }`,
  `sysv() { ${sysv.join('; ')}; }`,
  'look() { systemd || openrc || sysv || section "$at"nothing true; }',
].join('; ');

const body = [serviceWords, lookAtService, 'at=; look'].join('; ');

/** Asks systemd, else OpenRC, else the scripts of System V about a service, in one round trip. */
export function checkService(host: HostId, service: string): Extract<BuiltAction, { readonly kind: 'check_service' }> {
  return {
    kind: 'check_service',
    host,
    service,
    plain: [`systemctl status ${service}`, `rc-service ${service} status`, `service ${service} status`],
    command: sectionScript(body, [shellWord(service)]),
  };
}
