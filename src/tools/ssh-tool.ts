import { z } from 'zod';
import { hasControls } from '../base/untrusted-text.ts';
import { Secret } from '../base/secret.ts';
import type { HostId } from '../hosts/host.ts';
import type { HostArguments, LocatedHost } from '../hosts/locate-host.ts';
import type { Action } from '../policy/action.ts';
import type { CallTimeouts } from '../ssh/access.ts';
import { badInput, describeInput } from './input.ts';
import { textUpTo, wholeNumber } from './parameters.ts';
import {
  readablePart,
  type JsonObject,
  type PreparedCall,
  type Tool,
  type ToolContext,
  type ToolDefinition,
  type ToolOutput,
} from './tool.ts';

/** A tool of the second seed: every call may describe the host it goes to, and how long its steps may take. */
interface SshToolDefinition<Input extends z.ZodObject> extends Omit<
  ToolDefinition<Input>,
  'selectors' | 'actions' | 'run' | 'failureText'
> {
  readonly actions: (input: z.output<Input>, host: HostId) => readonly Action[];
  readonly run: (input: z.output<Input>, context: SshToolContext) => Promise<ToolOutput>;
}

interface SshToolContext extends ToolContext {
  readonly host: HostId;
  /** The host as the caller called it. */
  readonly shownHost: string;
  /** For a command. */
  readonly timeoutMs: number;
}

/** Empty text and zero are the second seed's ways of not saying. */
const word = (maxBytes: number): z.ZodType<string | undefined, string> =>
  textUpTo(maxBytes)
    .refine((value) => !hasControls(value) && !/^-|\s/.test(value), { error: 'has blanks, controls or a leading -' })
    .transform((value) => (value === '' ? undefined : value));
const path = textUpTo(4096)
  .refine((value) => !hasControls(value), { error: 'has control or invisible characters' })
  .transform((value) => (value === '' ? undefined : value));
const number = (most: number): z.ZodType<number | undefined, number> =>
  wholeNumber(0, most).transform((value) => (value === 0 ? undefined : value));
const secret = textUpTo(4096).transform((value) => (value === '' ? undefined : new Secret(value)));

const connectionInput = z.object({
  host: word(253).optional().describe('Server name or address; by default SSH_DEFAULT_HOST'),
  port: number(65_535).optional().describe('SSH port'),
  username: word(256).optional().describe('SSH user'),
  connect_timeout: number(600).optional().describe('Seconds to connect, less than the operator has set'),
  command_timeout: number(86_400).optional().describe('Seconds to run; by default 30'),
  private_key_path: path.optional().describe('Only if the operator allows it'),
  passphrase: secret.optional().describe('Only if the operator allows it'),
  password: secret.optional().describe('Only if the operator allows it'),
});
type ConnectionInput = z.output<typeof connectionInput>;

export function defineSshTool<Input extends z.ZodObject>(definition: SshToolDefinition<Input>): Tool {
  const { input: own, actions, echo, run, ...declared } = definition;
  const description = describeInput(z.object({ ...own.shape, ...connectionInput.shape }));
  return {
    ...declared,
    failureText: 'sentence',
    get inputSchema() {
      return description.inputSchema;
    },
    prepare: (raw) => {
      const given = description.lenient(raw);
      const [input, connection] = [own.safeParse(given), connectionInput.safeParse(given)];
      if (!input.success) return badInput(input.error, raw);
      if (!connection.success) return badInput(connection.error, raw);
      const on = (host: LocatedHost): PreparedCall => ({
        actions: actions(input.data, host.id),
        timeouts: timeoutsOf(connection.data),
        run: (context) => run(input.data, contextOf(context, host, connection.data)),
      });
      return { hostArguments: hostArgumentsOf(connection.data), on };
    },
    echo: (raw) => {
      const given = description.lenient(raw);
      return { ...echo(readablePart(own, given)), host: readablePart(connectionInput, given).host };
    },
  };
}

/** What the second seed answers as plain text. */
export function textOutput(text: string, outcome: ToolOutput['outcome'], more: JsonObject = {}): ToolOutput {
  return { json: { result: text, ...more }, text, outcome };
}

function hostArgumentsOf(input: ConnectionInput): HostArguments {
  const { host, port, username, private_key_path: privateKeyPath, passphrase, password } = input;
  return { host, port, username, privateKeyPath, passphrase, password };
}

/** As far as the caller says. */
function timeoutsOf(input: ConnectionInput): CallTimeouts {
  return { connectMs: inMs(input.connect_timeout), fileMs: inMs(input.command_timeout) };
}

function contextOf(context: ToolContext, { id, shown }: LocatedHost, input: ConnectionInput): SshToolContext {
  const timeoutMs = inMs(input.command_timeout) ?? context.settings.sshToolTimeoutMs;
  return { ...context, host: id, shownHost: shown, timeoutMs };
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
