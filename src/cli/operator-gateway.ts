import { randomUUID } from 'node:crypto';
import type { Log } from '../base/log.ts';
import { GatewayError } from '../base/errors.ts';
import { neutraliseLine } from '../base/untrusted-text.ts';
import { composeGateway } from '../compose.ts';
import type { Config } from '../config/load.ts';
import { handleToolCall } from '../gateway/handle-tool-call.ts';
import type { Host } from '../hosts/host.ts';
import { UsageError } from './exit-code.ts';
import type { JsonObject } from '../tools/tool.ts';

/** The gateway, as the operator at the command line calls it: recorded like everybody's calls. */
export interface OperatorGateway extends AsyncDisposable {
  call(tool: string, input: JsonObject, options?: OperatorCallOptions): Promise<JsonObject>;
}

export interface OperatorCallOptions {
  /** Ends the call, with what it runs. */
  readonly signal?: AbortSignal;
  /** Hears how far the call is: one line, harmless to a terminal, though it may quote what a host wrote. */
  readonly report?: (progress: string) => void;
}

export async function openOperatorGateway(
  config: Config,
  options: { readonly log: Log; readonly stagedHosts?: readonly Host[] },
): Promise<OperatorGateway> {
  const running = await composeGateway(config, options);
  const ended = new AbortController();
  return {
    async call(tool, input, { signal, report } = {}) {
      const { json } = await handleToolCall(
        {
          id: randomUUID(),
          tool,
          arguments: input,
          credential: { kind: 'local_user' },
          signal: signal ? AbortSignal.any([ended.signal, signal]) : ended.signal,
          client: undefined,
          ...(report && { report: (progress: () => string) => report(neutraliseLine(progress())) }),
        },
        running.gateway,
      );
      return json;
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
      await running[Symbol.asyncDispose]();
    },
  };
}

/** A call whose arguments were typed: what is wrong with them is wrong with the command line. */
export async function callAsTyped(
  gateway: OperatorGateway,
  call: { readonly tool: string; readonly input: JsonObject },
  options: OperatorCallOptions,
): Promise<JsonObject> {
  try {
    return await gateway.call(call.tool, call.input, options);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'invalid_input') throw new UsageError(error.message);
    throw error;
  }
}

/** Logs in to a server and returns what it says of its system. */
export async function testServer(gateway: OperatorGateway, server: string, signal?: AbortSignal): Promise<string> {
  const input = { server, command: 'uname -a', timeout: 30 };
  const { exit_code: status, stdout } = await gateway.call('execute_command', input, signal ? { signal } : {});
  if (status === 0) return String(stdout).trim();
  throw new GatewayError('connection_lost', `${server} ran \`uname -a\` with exit code ${String(status)}.`);
}
