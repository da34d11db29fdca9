import { shellWord } from '../base/shell-word.ts';
import type { HostId } from '../hosts/host.ts';
import type { BuiltAction, ServiceVerb } from '../policy/action.ts';
import { sectionMark, sectionScript } from '../ssh/runs/sections.ts';
import { isSystemd, serviceWords } from './service-command.ts';

const systemdStatus = 'systemctl status "$unit" --no-pager -l';
const systemd = [
  `${isSystemd} || return 1`,
  'case $verb in logs) journalctl -u "$unit" -n "$lines" --no-pager; code=$? ;;',
  `status) ${systemdStatus}; code=$? ;;`,
  `*) systemctl --no-ask-password "$verb" "$unit"; code=$?; ${systemdStatus} ;; esac`,
];

const openrcStatus = 'rc-service "$script" status';
const openrc = [
  'has rc-service || return 1',
  'case $verb in logs) return 1 ;;',
  `status) ${openrcStatus}; code=$?; return 0 ;;`,
  'enable) rc-update add "$script" default; code=$? ;;',
  'disable) rc-update del "$script"; code=$? ;;',
  '*) rc-service "$script" "$verb"; code=$? ;; esac;',
  openrcStatus,
];

const sysv = [
  'script() { if has service; then service "$script" $1; else "/etc/init.d/$script" $1; fi; };',
  'has service || [ -x "/etc/init.d/$script" ] || return 1;',
  'switch() { if has update-rc.d; then update-rc.d "$script" $1; else chkconfig "$script" $2; fi; };',
  'case $verb in logs) return 1 ;;',
  'status) script status; code=$?; return 0 ;;',
  'enable) switch enable on; code=$? ;;',
  'disable) switch disable off; code=$? ;;',
  '*) script "$verb"; code=$? ;; esac;',
  'script status',
];

/** What is written where there is no service manager, or none that does this. */
export const nothingManages = `${sectionMark} nothing`;

/** The exit status is that of what was asked for; the status that follows a change does not count. */
const body = [
  serviceWords,
  'verb=$2; lines=$3; code=0',
  `systemd() { ${systemd[0]}; ${systemd.slice(1).join(' ')}; return 0; }`,
  `openrc() { ${openrc[0]}; ${openrc.slice(1).join(' ')}; return 0; }`,
  `sysv() { ${sysv.join(' ')}; return 0; }`,
  `systemd || openrc || sysv || echo "${nothingManages}"`,
  'exit $code',
].join('; ');

interface Wanted {
  readonly service: string;
  readonly verb: ServiceVerb;
  /** Of the logs. */
  readonly lines: number;
}

/** Has systemd, else OpenRC, else the scripts of System V do something with a service; what changes is shown after it. */
export function manageService(
  host: HostId,
  { service, verb, lines }: Wanted,
): Extract<BuiltAction, { readonly kind: 'manage_service' }> {
  const command = sectionScript(body, [shellWord(service), verb, String(lines)]);
  return { kind: 'manage_service', host, service, verb, plain: plainService({ service, verb, lines }), command };
}

/** What it comes to on the kinds of hosts there are, as a person would type it. */
export function plainService({ service, verb, lines }: Wanted): readonly string[] {
  const others: Readonly<Partial<Record<ServiceVerb, readonly string[]>>> = {
    enable: [`rc-update add ${service} default`, `update-rc.d ${service} enable`, `chkconfig ${service} on`],
    disable: [`rc-update del ${service}`, `update-rc.d ${service} disable`, `chkconfig ${service} off`],
  };
  if (verb === 'logs') return [`journalctl -u ${service} -n ${lines}`];
  return [
    `systemctl ${verb} ${service}`,
    ...(others[verb] ?? [`rc-service ${service} ${verb}`, `service ${service} ${verb}`]),
  ];
}
