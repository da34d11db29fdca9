import type { HostId } from '../hosts/host.ts';

/**
 * What a tool call is about to do. A tool declares its actions before it runs, policy judges them, and a permit
 * covers them: nothing else reaches a host.
 */
export type Action =
  | { readonly kind: 'list_hosts' }
  | { readonly kind: 'list_kept_outputs' }
  | { readonly kind: 'list_changes' }
  | { readonly kind: 'read_kept_output'; readonly outputId: string }
  | CommandAction
  | { readonly kind: 'explain_command'; readonly host: HostId }
  | { readonly kind: 'gather_facts' | 'identify_host'; readonly host: HostId }
  | { readonly kind: 'close_connection'; readonly host: HostId }
  | { readonly kind: 'resolve_path' | 'sudo_resolve_path'; readonly host: HostId; readonly path: string }
  | { readonly kind: 'list_jobs' }
  | { readonly kind: 'read_job' | 'cancel_job'; readonly host: HostId; readonly job: string }
  | { readonly kind: 'find_package_manager'; readonly host: HostId; readonly package: string }
  | { readonly kind: 'find_rotated_logs'; readonly host: HostId; readonly path: string }
  | { readonly kind: 'read_gateway_file' | 'write_gateway_file'; readonly path: string }
  | PathAction
  | BuiltAction;

/** `ofGateway`: its host is the machine that the gateway runs on, and it is about the gateway's own files there. */
interface Marked {
  readonly ofGateway?: true;
}

/** What an account's login shell is to commands that run in a form of ours; `other` takes none. */
export type ShellKind = 'bash' | 'sh' | 'other';

/**
 * A command. Where closed rules allow it, what runs is the canonical form of it, which says exactly what was judged, under
 * a pinned shell.
 */
export interface CommandAction extends Marked {
  readonly kind: 'run_command';
  readonly host: HostId;
  readonly command: string;
  readonly canonical?: string;
  /** The kernel keeps the canonical form from writing files. */
  readonly limits?: 'read_only';
}

/** Those with `sudo` are done with the rights of root. */
export const pathActionKinds = [
  'read_path',
  'write_path',
  'list_path',
  'sudo_read_path',
  'sudo_write_path',
  'sudo_list_path',
] as const;
export type PathActionKind = (typeof pathActionKinds)[number];

/** What is looked for below a directory. */
export interface FileQuery {
  /** A pattern of `find -name`. */
  readonly name?: string;
  readonly type: 'any' | 'file' | 'directory' | 'symlink';
  /** How far down; 0 is the start alone. */
  readonly maxDepth?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly changedWithinMinutes?: number;
  readonly unchangedForMinutes?: number;
  /** Only the lines with this in them. */
  readonly contains?: {
    readonly text: string;
    readonly as: 'literal' | 'regex';
    readonly letterCase: 'told' | 'ignored';
  };
}

/** An action on a path. `resolved` is the absolute path without symlinks, once the host has told us. */
export interface PathAction extends Marked {
  readonly kind: PathActionKind;
  readonly host: HostId;
  readonly path: string;
  readonly resolved?: string;
  /** The program whose work this is: where only certain programs may run, it must be one of them. */
  readonly program?: string;
  /** The older files that the log at this path was rotated to are meant too: each becomes an action of its own. */
  readonly rotated?: boolean;
  /** All that is below the path is meant too. */
  readonly tree?: boolean;
  /** What is looked for below the path. */
  readonly query?: FileQuery;
}

/** An action on a path, as a tool declares it. With `sudo` it starts that program, on a list of those allowed too. */
export function pathAction(
  use: 'read' | 'write' | 'list',
  { host, path, sudo }: { readonly host: HostId; readonly path: string; readonly sudo: boolean },
): PathAction {
  return sudo ? { kind: `sudo_${use}_path`, host, path, program: 'sudo' } : { kind: `${use}_path`, host, path };
}

export function isBySudo(action: PathAction): boolean {
  return action.kind.startsWith('sudo_');
}

export function isPathAction(action: Action): action is PathAction {
  return pathActionKinds.some((kind) => kind === action.kind);
}

/** Whether something about the host has to be known before it is known what the action comes to there. */
export function isOpen(action: Action): boolean {
  if (isPathAction(action)) return action.resolved === undefined;
  return 'plain' in action && action.command === undefined;
}

/** How many commands the actions come to, as the caller's rate limit counts them. */
export function commandsIn(actions: readonly Action[]): number {
  return actions.filter(runsCommand).length;
}

function runsCommand(action: Action): boolean {
  switch (action.kind) {
    case 'run_command':
    case 'gather_facts':
    case 'check_service':
    case 'manage_service':
    case 'install_package':
    case 'read_journal':
      return true;
    case 'explain_command':
    case 'list_hosts':
    case 'list_kept_outputs':
    case 'list_changes':
    case 'read_kept_output':
    case 'resolve_path':
    case 'sudo_resolve_path':
    case 'find_package_manager':
    case 'identify_host':
    case 'find_rotated_logs':
    case 'close_connection':
    case 'read_gateway_file':
    case 'write_gateway_file':
    case 'list_jobs':
    case 'read_job':
    case 'cancel_job':
      return false;
    case 'read_path':
    case 'write_path':
    case 'list_path':
    case 'sudo_read_path':
    case 'sudo_write_path':
    case 'sudo_list_path':
      return action.program !== undefined;
  }
}

export const packageManagers = ['apt', 'dnf', 'yum', 'zypper', 'apk', 'pacman'] as const;
export type PackageManager = (typeof packageManagers)[number];

export const serviceVerbs = ['status', 'start', 'stop', 'restart', 'reload', 'enable', 'disable', 'logs'] as const;
export type ServiceVerb = (typeof serviceVerbs)[number];

/** A command that we build from a few checked words. What is judged is what runs: a permit covers all of it. */
interface BuiltCommand {
  readonly host: HostId;
  /**
   * As a person would type it. Rules on text go by the first; the rest, which is what it comes to on other kinds of
   * hosts or on the way, must not be forbidden either.
   */
  readonly plain: readonly string[];
  /** The exact text that is sent; undefined until the host has said what it must be. */
  readonly command?: string;
}

/** Which lines of a host's journal, in the words of journalctl(1). */
export interface JournalQuery {
  readonly unit: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly priority: string | undefined;
  readonly pattern: string | undefined;
  readonly lines: number;
}

export type BuiltAction = BuiltCommand &
  (
    | { readonly kind: 'check_service'; readonly service: string }
    | { readonly kind: 'manage_service'; readonly service: string; readonly verb: ServiceVerb }
    | { readonly kind: 'read_journal'; readonly query: JournalQuery }
    | {
        readonly kind: 'install_package';
        readonly package: string;
        readonly manager: PackageManager | 'auto';
        readonly installed?: string;
      }
  );

/** The action as commands that rules on text judge; none where it is not a command. */
export function commandTexts(action: Action): readonly string[] {
  if ('plain' in action) return action.plain;
  return action.kind === 'run_command' ? [action.command] : [];
}

/** The host an action touches, or undefined when it stays inside the gateway. */
export function hostOf(action: Action): HostId | undefined {
  return 'host' in action ? action.host : undefined;
}
