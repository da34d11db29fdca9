import { readSections, type Section } from '../ssh/runs/sections.ts';

/** What a host's service manager says of one service. */
export interface ServiceState {
  readonly manager: 'systemd' | 'openrc' | 'sysv';
  readonly isKnown: boolean;
  readonly isActive: boolean;
  readonly isEnabled: boolean;
  /** The manager's own word, such as active, failed, stopped. */
  readonly state: string;
  /** As the manager shows it to people. */
  readonly statusOutput: string;
  /** What else the manager says, under names that are on the wire. */
  readonly details: Readonly<Record<string, string | number>>;
}

/** Reads what `checkService` wrote; undefined when no service manager that we know answered. */
export function readServiceState(output: string, service: string): ServiceState | undefined {
  return serviceStateOf(readSections(output), service);
}

export function serviceStateOf(sections: ReadonlyMap<string, Section>, service: string): ServiceState | undefined {
  const [isActive, rcService, sysv] = ['is-active', 'rc-service', 'service'].map((name) => sections.get(name));
  if (sections.has('status') && isActive) return systemdState(sections, isActive);
  if (rcService) return openrcState(rcService, sections.get('rc-update'), service);
  return sysv && sysvState(sysv, sections.get('links'));
}

/** ActiveState values under which a unit does its work (systemd(1), org.freedesktop.systemd1(5)). */
const activeStates: ReadonlySet<string> = new Set(['active', 'reloading', 'refreshing']);
const enabledStates: ReadonlySet<string> = new Set(['enabled', 'enabled-runtime']);

function systemdState(sections: ReadonlyMap<string, Section>, isActive: Section): ServiceState {
  const shown = new Map(
    (sections.get('show')?.lines ?? []).map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  const state = shown.get('ActiveState') ?? lastWord(isActive);
  const loadState = shown.get('LoadState');
  // Before its word there may be a remark that a script of System V was asked.
  const enablement = lastWord(sections.get('is-enabled'));
  // A unit whose file is gone still runs until it is stopped.
  const isKnown =
    loadState === undefined ? enablement !== 'not-found' : loadState !== 'not-found' || state === 'active';
  const unitFileState = enablement === 'alias' ? (shown.get('UnitFileState') ?? enablement) : enablement;
  const pid = Number(shown.get('MainPID') ?? 0);
  return {
    manager: 'systemd',
    isKnown,
    isActive: activeStates.has(state),
    isEnabled: enabledStates.has(unitFileState),
    state,
    statusOutput: textOf(sections.get('status')),
    details: {
      ...withText('sub_state', shown.get('SubState')),
      ...withText('load_state', loadState),
      ...withText('unit_file_state', unitFileState),
      ...withText('result', shown.get('Result')),
      ...withText('description', shown.get('Description')),
      ...(pid > 0 && { main_pid: pid }),
    },
  };
}

/** Exit statuses of OpenRC's `status`, for scripts that print something of their own. */
const openrcStates: ReadonlyMap<number, string> = new Map([
  [0, 'started'],
  [3, 'stopped'],
  [4, 'stopping'],
  [8, 'starting'],
  [16, 'inactive'],
  [32, 'crashed'],
]);

function openrcState(status: Section, levels: Section | undefined, service: string): ServiceState {
  const text = textOf(status);
  const state = /status: (\w+)/.exec(text)?.[1] ?? openrcStates.get(status.status) ?? 'unknown';
  const script = service.replace(/\.service$/, '');
  const line = (levels?.lines ?? []).map((one) => one.split('|')).find(([name]) => name?.trim() === script);
  const runlevels = line?.[1]?.trim() ?? '';
  return {
    manager: 'openrc',
    isKnown: status.status === 0 || !/does not exist/.test(text),
    isActive: state === 'started',
    isEnabled: runlevels !== '',
    state,
    statusOutput: text,
    details: withText('runlevels', runlevels),
  };
}

/** Exit statuses of `status` in the Linux Standard Base. */
const lsbStates: ReadonlyMap<number, string> = new Map([
  [0, 'running'],
  [1, 'dead'],
  [2, 'dead'],
  [3, 'stopped'],
]);

function sysvState(status: Section, links: Section | undefined): ServiceState {
  const text = textOf(status);
  return {
    manager: 'sysv',
    isKnown: status.status === 0 || !/unrecognized service|not found|could not be found|does not exist/i.test(text),
    isActive: status.status === 0,
    isEnabled: (links?.lines ?? []).length > 0,
    state: lsbStates.get(status.status) ?? 'unknown',
    statusOutput: text,
    details: {},
  };
}

function lastWord(section: Section | undefined): string {
  return section?.lines.findLast((line) => line.trim() !== '')?.trim() ?? 'unknown';
}

function textOf(section: Section | undefined): string {
  return (section?.lines ?? []).join('\n');
}

function withText(name: string, value: string | undefined): Readonly<Record<string, string>> {
  return value === undefined || value === '' ? {} : { [name]: value };
}
