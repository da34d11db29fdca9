import { z } from 'zod';
import type { Ran } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { SecretsShown } from '../base/secrets-shown.ts';
import type { Change } from '../changes/change.ts';
import type { CallChanges } from '../changes/changes.ts';
import type { HostId } from '../hosts/host.ts';
import type { Inventory } from '../hosts/inventory.ts';
import type { HostArguments, LocatedHost } from '../hosts/locate-host.ts';
import { nothingSelected, type Selection } from '../hosts/selector.ts';
import type { Caller, Scope } from '../identity/caller.ts';
import type { Job } from '../jobs/job.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { KeptOutputs } from '../outputs/kept-outputs.ts';
import type { Action, BuiltAction } from '../policy/action.ts';
import type { Explanation } from '../policy/rules/explain.ts';
import type { Means } from '../policy/rules/ruled-out.ts';
import type { CallSecrets } from '../secrets/call-secrets.ts';
import type { CallTimeouts, HostAccess } from '../ssh/access.ts';
import type { FactsCache } from './facts-cache.ts';
import { badInput, describeInput } from './input.ts';

export type JsonObject = { readonly [key: string]: unknown };

/** What a tool gives back. */
export interface ToolOutput {
  /** What the caller gets, as structured content and, unless there is a `text`, as text. */
  readonly json: JsonObject;
  readonly text?: string;
  /** True when the thing asked for could not be done or its outcome is unknown; a command that failed is not an error. */
  readonly isError?: boolean;
  /** What the audit says of it. */
  readonly outcome: {
    readonly success: boolean;
    readonly exitCode?: number | null;
    readonly durationMs?: number;
    readonly metadata?: JsonObject;
    /** Where the call was about several hosts: each is recorded by itself. */
    readonly hosts?: readonly HostOutcome[];
  };
}

/** What the audit says of one host among several. */
export interface HostOutcome {
  readonly host: HostId;
  readonly success: boolean;
  readonly exitCode: number | null;
  readonly durationMs: number;
  readonly ran: Ran;
  readonly error: string | null;
  readonly code: string | null;
  readonly metadata: JsonObject;
}

/** What a tool may use while it runs. `hosts` goes as far as the call's permit. */
export interface ToolContext {
  readonly caller: Caller;
  /** The call's actions as they were judged, with what the host was asked in between: the permit covers these. */
  readonly actions: readonly Action[];
  readonly hosts: HostAccess;
  readonly inventory: Inventory;
  readonly outputs: KeptOutputs;
  readonly jobs: Jobs;
  readonly secrets: SecretsShown;
  /** Those that commands and texts may refer to. */
  readonly ownSecrets: CallSecrets;
  readonly facts: FactsCache;
  /** What was altered, and what it was before. */
  readonly changes: CallChanges;
  /** Operator's settings that tools need. */
  readonly settings: ToolSettings;
  /** Under which its caller has the call made once: a job that it becomes is noted there. */
  readonly key?: string | undefined;
  /** Aborts when the call is to end: what waits without a host must look at it. */
  readonly signal: AbortSignal;
  /** Tells a client that listens how far the call is. A courtesy: it may get lost, so nothing is said in it alone. */
  readonly report: (progress: () => string) => void;
  /** What policy would decide on the caller's command, and why. Asks no host. */
  readonly explain: (host: HostId, command: string) => Promise<Explanation>;
  /** For faults of ours that an answer must outlive. */
  readonly log: Log;
}

export interface ToolSettings {
  readonly defaultCommandTimeoutMs: number;
  /** The same for the tools of the second seed. */
  readonly sshToolTimeoutMs: number;
  /** The largest file that is edited. */
  readonly maxEditBytes: number;
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
  /** Without it in the caller's profile, no call of the tool is ever allowed. */
  readonly needs?: Means;
  /** It may delete or overwrite. Only meaningful where it is not read-only. */
  readonly destructive: boolean;
  /** Calling it twice with the same input has the effect of calling it once. */
  readonly idempotent: boolean;
  /** All that it tells comes from the gateway itself: it asks no host, and repeats no host's text. */
  readonly closedWorld?: true;
  /** How a failed call looks as text: the JSON object, or the second seed's `Error: …` with the rest of it below. */
  readonly failureText?: 'json' | 'sentence';
  readonly input: Input;
  /** The selectors in the input, for a tool that works on many hosts. */
  readonly selectors?: (input: z.output<Input>) => readonly string[];
  /** What this input would do, completely: policy judges these, and the permit covers these. Pure. */
  readonly actions: (input: z.output<Input>, selection: Selection) => readonly Action[];
  /** The seed's keys that a failed answer repeats, such as server and command. Must bear input that did not parse. */
  readonly echo: (input: Partial<z.output<Input>>) => JsonObject;
  readonly run: (input: z.output<Input>, context: ToolContext, selection: Selection) => Promise<ToolOutput>;
}

/** A tool whose input type is its own business: input is parsed on the way in. */
export interface Tool extends Omit<ToolDefinition<z.ZodObject>, 'input' | 'selectors' | 'actions' | 'echo' | 'run'> {
  readonly inputSchema: JsonObject;
  readonly prepare: (input: unknown) => PreparedCall | SelectingCall | UnlocatedCall | JobCall | UndoingCall | BadInput;
  readonly echo: (input: unknown) => JsonObject;
}

export interface PreparedCall {
  readonly actions: readonly Action[];
  readonly run: (context: ToolContext) => Promise<ToolOutput>;
  /** Where the caller has a say in them. */
  readonly timeouts?: CallTimeouts;
}

/** A call whose arguments describe a host instead of naming it. */
export interface UnlocatedCall {
  readonly hostArguments: HostArguments;
  readonly on: (host: LocatedHost) => PreparedCall;
}

/** A call about a job, prepared once that is found. */
export interface JobCall {
  readonly jobId: string;
  readonly onJob: (job: Job) => PreparedCall;
}

/** A call that is prepared once it is known which hosts its selectors select. */
export interface SelectingCall {
  readonly selectors: readonly string[];
  readonly select: (selection: Selection) => PreparedCall;
}

/** A call that is prepared once it is known what was changed. */
export interface UndoingCall {
  readonly changeId: string;
  readonly undoing: (change: Change) => PreparedCall;
}

/** What is wrong with the input, a line each. `too_large`: it is right but for its size. */
export interface BadInput {
  readonly code: 'invalid_input' | 'too_large';
  readonly problems: readonly string[];
}

/** The one action of this kind, as it was judged. */
export function builtOf<Kind extends BuiltAction['kind']>(
  kind: Kind,
  actions: readonly Action[],
): Extract<BuiltAction, { readonly kind: Kind }> {
  const isWanted = (action: Action): action is Extract<BuiltAction, { readonly kind: Kind }> => action.kind === kind;
  const action = actions.find(isWanted);
  if (!action) throw new Error(`no ${kind} was judged`);
  return action;
}

/** Makes a tool of its definition. Everything that depends on the definition alone is worked out once. */
export function defineTool<Input extends z.ZodObject>(definition: ToolDefinition<Input>): Tool {
  const { input: schema, selectors, actions, echo, run, ...declared } = definition;
  const description = describeInput(schema);
  return {
    ...declared,
    get inputSchema() {
      return description.inputSchema;
    },
    prepare: (raw) => {
      const parsed = schema.safeParse(description.lenient(raw));
      if (!parsed.success) return badInput(parsed.error, raw);
      const input = parsed.data;
      const select = (selection: Selection): PreparedCall => ({
        actions: actions(input, selection),
        run: (context) => run(input, context, selection),
      });
      return selectors ? { selectors: selectors(input), select } : select(nothingSelected);
    },
    echo: (raw) => echo(readablePart(schema, description.lenient(raw))),
  };
}

/** Those properties of the input that are right by themselves. */
export function readablePart<Input extends z.ZodObject>(schema: Input, input: unknown): Partial<z.output<Input>> {
  const given = z.record(z.string(), z.unknown()).safeParse(input).data ?? {};
  const readable = Object.entries(schema.shape).flatMap(([name, property]) => {
    const parsed = z.safeParse(property, given[name]);
    return parsed.success && parsed.data !== undefined ? [[name, parsed.data]] : [];
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each value is what its own schema gave
  return Object.fromEntries(readable) as Partial<z.output<Input>>;
}
