import { z } from 'zod';
import { GatewayError } from '../../src/base/errors.ts';
import { silentLog, type Log } from '../../src/base/log.ts';
import type { ToolCall } from '../../src/gateway/gateway.ts';
import { authenticateWith } from '../../src/identity/authenticate.ts';
import type { Caller, PrincipalId, Scope } from '../../src/identity/caller.ts';
import type { McpServices } from '../../src/mcp/call-tool.ts';
import { RunningCalls } from '../../src/mcp/running-calls.ts';
import { nobodyAsked } from '../fixtures/approvals.ts';
import type { JsonObject, Tool, ToolOutput } from '../../src/tools/tool.ts';

export const tokens = {
  full: 'token-with-every-scope',
  reader: 'token-that-only-reads',
  breaking: 'token-whose-look-up-fails',
} as const;

export interface TinyGateway extends McpServices {
  /** Every call that arrived, in order. */
  readonly received: ToolCall[];
  /** Ids of the calls of `wait` that have ended, which takes a moment after they were aborted. */
  readonly ended: string[];
  /** Lines the gateway wrote to its log. */
  readonly logged: unknown[];
  /** Ends the credential of that token, as deleting it from tokens.json would. */
  readonly revoke: (token: string) => void;
  /** Resolves when the next call of `wait` has begun. */
  readonly waiting: () => Promise<ToolCall>;
}

/** The contract of the pipeline over tools that touch no host: `say`, `wait`, `refuse`, `crash`. */
export function tinyGateway(options: { readonly progressMs?: number } = {}): TinyGateway {
  const received: ToolCall[] = [];
  const logged: unknown[] = [];
  const ended: string[] = [];
  const waiters: ((call: ToolCall) => void)[] = [];
  const callers = new Map<string, ReturnType<typeof aCaller>>([
    [tokens.full, aCaller('full', ['read', 'execute', 'write', 'install', 'manage'])],
    [tokens.reader, aCaller('reader', ['read'])],
  ]);
  const authenticate = authenticateWith([
    {
      authenticate: (credential) => {
        if (credential.kind !== 'bearer') return localUser(credential.kind);
        if (credential.token === tokens.breaking) throw new Error('no table tokens in /var/lib/state.db');
        return callers.get(credential.token)?.caller;
      },
    },
  ]);

  const behaviours: Readonly<Record<string, (call: ToolCall, input: JsonObject) => Promise<ToolOutput>>> = {
    say: async (_call, input) => done({ success: true, said: input['text'] }),
    wait: async (call) => {
      const aborted = new Promise<void>((resolve) => {
        call.signal.addEventListener('abort', () => resolve(), { once: true });
        if (call.signal.aborted) resolve();
      });
      waiters.shift()?.(call);
      await aborted;
      await new Promise((resolve) => setTimeout(resolve, 30));
      ended.push(call.id);
      throw new GatewayError('cancelled', 'The client cancelled the call.', { ran: 'may_have_run' });
    },
    pause: async (call, input) => {
      for (const text of [input['say']].flat()) if (typeof text === 'string') call.report?.(() => text);
      await new Promise((resolve) => setTimeout(resolve, Number(input['ms'])));
      return done({ success: true });
    },
    refuse: async () => {
      const details = { rule: 'no-rm', code: 'overwritten', success: true };
      throw new GatewayError('denied_by_policy', 'Deleting is not allowed here. Ask the operator.', { details });
    },
    crash: async () => {
      throw new Error('connect /var/run/secret.sock as admin:hunter2');
    },
  };

  const tools: readonly Tool[] = [
    aTool('say', 'read', z.object({ text: z.string() })),
    aTool('wait', 'execute', z.object({})),
    aTool('pause', 'execute', z.object({ ms: z.number(), say: z.array(z.string()).optional() })),
    aTool('refuse', 'write', z.object({ server: z.string().optional(), command: z.string().optional() })),
    aTool('crash', undefined, z.object({})),
  ];

  async function handle(call: ToolCall): Promise<ToolOutput> {
    received.push(call);
    const caller = authenticate(call.credential);
    const tool = tools.find(({ name }) => name === call.tool);
    const behaviour = behaviours[call.tool];
    if (!tool || !behaviour) throw new GatewayError('unknown_tool', `Unknown tool: ${call.tool}`);
    if (tool.scope && !caller.scopes.has(tool.scope)) {
      throw new GatewayError('insufficient_scope', `Permission denied: '${tool.scope}' required`);
    }
    const prepared = tool.prepare(call.arguments);
    if ('problems' in prepared) throw new GatewayError('invalid_input', prepared.problems.join('; '));
    return behaviour(call, call.arguments as JsonObject);
  }

  return {
    gateway: {
      tools,
      authenticate,
      handle,
      approvals: nobodyAsked,
      policy: { ruledOut: () => new Set<never>() },
      admitRequest: () => undefined,
    },
    calls: new RunningCalls(),
    version: '1.2.3',
    log: { ...silentLog, error: (entry: unknown) => void logged.push(entry) } as Log,
    ...options,
    received,
    ended,
    logged,
    revoke: (token) => {
      const known = callers.get(token);
      callers.delete(token);
      known?.revoke();
    },
    waiting: () => new Promise((resolve) => waiters.push(resolve)),
  };
}

function aCaller(name: string, scopes: readonly Scope[]): { readonly caller: Caller; readonly revoke: () => void } {
  const revoked = new AbortController();
  const caller = {
    principal: `token:${name}` as PrincipalId,
    name,
    scopes: new Set(scopes),
    allowedServers: ['*'],
    profile: 'seed',
    revoked: revoked.signal,
  };
  return { caller, revoke: () => revoked.abort() };
}

function localUser(kind: 'local_user' | 'missing'): Caller | undefined {
  return kind === 'local_user' ? aCaller('local', ['read', 'execute', 'write']).caller : undefined;
}

function aTool(name: string, scope: Scope | undefined, input: z.ZodObject): Tool {
  return {
    name,
    title: `Tool ${name}`,
    description: `What ${name} does.`,
    scope,
    readOnly: scope === 'read',
    destructive: scope === 'write',
    idempotent: false,
    inputSchema: z.toJSONSchema(input, { io: 'input' }),
    prepare: (value) => {
      const parsed = input.safeParse(value);
      return parsed.success
        ? { actions: [], run: async () => done({}) }
        : {
            code: 'invalid_input',
            problems: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
          };
    },
    echo: (value) => {
      const { server, command } = value as JsonObject;
      return { ...(server !== undefined && { server }), ...(command !== undefined && { command }) };
    },
  };
}

function done(json: JsonObject): ToolOutput {
  return { json, outcome: { success: true } };
}
