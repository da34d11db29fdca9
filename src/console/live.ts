import type { Caller } from '../identity/caller.ts';

/** A tool call that has not been answered yet. */
export interface LiveCall {
  readonly id: string;
  readonly tool: string;
  readonly caller: string;
  readonly hosts: readonly string[];
  /** The command or path that it is about, without secrets. */
  readonly about: string | undefined;
  readonly since: Date;
}

/** A command that outlives its call, and has not ended. */
export interface LiveJob {
  readonly id: string;
  readonly host: string;
  /** Without secrets. */
  readonly command: string;
  readonly since: Date;
}

/** What operators have locked: all of it is for those alone who may reach all servers. */
export interface LiveLocks {
  /** One line for each. */
  readonly lines: readonly string[];
  readonly isAll: boolean;
  /** Those that are locked by their own names. */
  readonly hosts: ReadonlySet<string>;
}

export interface LiveHost {
  readonly name: string;
  readonly state: 'connected' | 'connecting' | 'idle' | 'failing' | 'disabled';
  readonly connections: number;
}

/** One line of the audit. */
export interface LiveRecord {
  readonly at: string;
  readonly caller: string | null;
  readonly tool: string;
  /** None where it was about the gateway itself. */
  readonly hosts: readonly string[];
  readonly about: string | null;
  readonly result: string;
  readonly code: string | null;
}

/** What goes on, as far as that person may see it. */
export interface Live {
  calls(viewer: Caller): readonly LiveCall[];
  hosts(viewer: Caller): Promise<readonly LiveHost[]>;
  jobs(viewer: Caller): Promise<readonly LiveJob[]>;
  locks(viewer: Caller): Promise<LiveLocks>;
  /** The newest first. */
  records(viewer: Caller): Promise<readonly LiveRecord[]>;
  /** Ends these calls, or all, of those that the person may see. How many they were. */
  endCalls(by: Caller, which: 'all' | { readonly id: string }): Promise<number>;
  /** Begins to end a job that the person may see. */
  endJob(by: Caller, id: string): Promise<void>;
  /** Refuses calls and ends what runs, or lets them again: everywhere, or on one server. False where that is not for the person. */
  setLock(by: Caller, state: 'locked' | 'unlocked', on: 'all' | { readonly host: string }): Promise<boolean>;
}
