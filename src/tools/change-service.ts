import { shellWord } from '../base/shell-word.ts';
import type { BuiltAction } from '../policy/action.ts';
import { longSectionScript, readSections, type Section } from '../ssh/runs/sections.ts';
import { isSystemd, lookAtService, serviceWords } from './service-command.ts';
import { serviceStateOf, type ServiceState } from './service-state.ts';

type ManageService = Extract<BuiltAction, { readonly kind: 'manage_service' }>;

const onSystemd = 'all root systemctl --no-ask-password "$verb" "$unit"';

const onOpenrc = [
  'case $verb in enable) all root rc-update add "$script" default ;;',
  'disable) all root rc-update del "$script" default ;;',
  '*) all root rc-service "$script" "$verb" ;; esac',
].join(' ');

const switchSysv =
  'if has update-rc.d; then all root update-rc.d "$script" $1; else all root chkconfig "$script" $2; fi';
const onSysv = [
  'case $verb in enable) switch enable on ;; disable) switch disable off ;;',
  '*) if has service; then all root service "$script" "$verb"; else all root "/etc/init.d/$script" "$verb"; fi ;; esac',
].join(' ');

/** Looks, does it, and looks again. What only looks needs no rights. */
const body = [
  serviceWords,
  'verb=$2; by=$3',
  lookAtService,
  'root() { if [ $by = sudo ] && [ "$(id -u)" -gt 0 ]; then sudo -n "$@"; else "$@"; fi; }',
  `switch() { ${switchSysv}; }`,
  `change() { if ${isSystemd}; then ${onSystemd}; elif has rc-service; then ${onOpenrc}; else ${onSysv}; fi; }`,
  'at=before-; look; [ "$verb" = status ] && exit 0; section change change; at=after-; look',
].join('; ');

/** What is sent to the host: `sudo -n` there, where the operator allows it and the account is not root. */
export function changeService(action: ManageService, { sudo }: { readonly sudo: boolean }): ManageService {
  const words = [shellWord(action.service), action.verb, sudo ? 'sudo' : 'itself'];
  return { ...action, command: longSectionScript(body, words) };
}

export interface ServiceChange {
  readonly before: ServiceState;
  /** Undefined where it was only looked at, or the host did not get so far. */
  readonly after: ServiceState | undefined;
  readonly change: Section | undefined;
}

/** Reads what the command wrote; undefined when no service manager that we know answered. */
export function readServiceChange(output: string, service: string): ServiceChange | undefined {
  const sections = readSections(output);
  const stateAt = (prefix: string): ServiceState | undefined => {
    const own = [...sections].filter(([name]) => name.startsWith(prefix));
    return serviceStateOf(new Map(own.map(([name, section]) => [name.slice(prefix.length), section])), service);
  };
  const before = stateAt('before-');
  return before && { before, after: stateAt('after-'), change: sections.get('change') };
}
