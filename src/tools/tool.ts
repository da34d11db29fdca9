import type { z } from 'zod';
import type { Caller, Scope } from '../identity/caller.ts';
import type { Inventory } from '../hosts/inventory.ts';
import type { KeptOutputs } from '../outputs/kept-outputs.ts';
import type { Action } from '../policy/action.ts';
import type { HostAccess } from '../ssh/access.ts';

export type JsonObject = { readonly [key: string]: unknown };

/** What a tool gives back. */
export interface ToolOutput {
  /** What the caller gets, as structured content and as text. */
  readonly json: JsonObject;
  /** True when the thing asked for could not be done or its outcome is unknown; a command that failed is not an error. */
  readonly isError?: boolean;
  /** What the audit says of it. */
  readonly outcome: {
    readonly success: boolean;
    readonly exitCode?: number | null;
    readonly durationMs?: number;
    readonly metadata?: JsonObject;
  };
}

/** What a tool may use while it runs. `hosts` goes as far as the call's permit. */
export interface ToolContext {
  readonly caller: Caller;
  readonly hosts: HostAccess;
  readonly inventory: Inventory;
  readonly outputs: KeptOutputs;
  /** Operator's settings that tools need. */
  readonly settings: ToolSettings;
}

export interface ToolSettings {
  readonly defaultCommandTimeoutMs: number;
}

export interface ToolDefinition<Input extends z.ZodObject> {
  /** Name on the wire, snake_case. */
  readonly name: string;
  readonly title: string;
  /** For the model: what it does, when to use it, what comes back. */
  readonly description: string;
  /** What the caller's credential must hold; undefined where a valid credential is enough. */
  readonly scope: Scope | undefined;
  /** It changes nothing on any host. */
  readonly readOnly: boolean;
  /** It may delete or overwrite. Only meaningful where it is not read-only. */
  readonly destructive: boolean;
  /** Calling it twice with the same input has the effect of calling it once. */
  readonly idempotent: boolean;
  readonly input: Input;
  /** What this input would do, completely: policy judges these, and the permit covers these. Pure. */
  readonly actions: (input: z.output<Input>) => readonly Action[];
  /** The seed's keys that a failed answer repeats, such as server and command. Must bear input that did not parse. */
  readonly echo: (input: Partial<z.output<Input>>) => JsonObject;
  readonly run: (input: z.output<Input>, context: ToolContext) => Promise<ToolOutput>;
}

/** A tool whose input type is its own business: input is parsed on the way in. */
export interface Tool extends Omit<ToolDefinition<z.ZodObject>, 'input' | 'actions' | 'echo' | 'run'> {
  readonly inputSchema: JsonObject;
  /** Parsed call, or the list of what is wrong with the input. */
  readonly prepare: (input: unknown) => PreparedCall | { readonly problems: readonly string[] };
  readonly echo: (input: unknown) => JsonObject;
}

export interface PreparedCall {
  readonly actions: readonly Action[];
  readonly run: (context: ToolContext) => Promise<ToolOutput>;
}
