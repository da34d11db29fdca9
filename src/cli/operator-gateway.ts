import { randomUUID } from 'node:crypto';
import type { Log } from '../base/log.ts';
import { GatewayError } from '../base/errors.ts';
import { composeGateway } from '../compose.ts';
import type { Config } from '../config/load.ts';
import { handleToolCall } from '../gateway/handle-tool-call.ts';
import type { Host } from '../hosts/host.ts';
import type { JsonObject } from '../tools/tool.ts';

/** The gateway, as the operator at the command line calls it: judged and recorded like everybody's calls. */
export interface OperatorGateway extends AsyncDisposable {
  call(tool: string, input: JsonObject): Promise<JsonObject>;
}

export async function openOperatorGateway(
  config: Config,
  options: { readonly log: Log; readonly stagedHosts?: readonly Host[] },
): Promise<OperatorGateway> {
  const running = await composeGateway(config, options);
  const ended = new AbortController();
  return {
    async call(tool, input) {
      const { json } = await handleToolCall(
        {
          id: randomUUID(),
          tool,
          arguments: input,
          credential: { kind: 'local_user' },
          signal: ended.signal,
          client: undefined,
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

/**
 * Logs in to a server and returns what it says of its system.
 *
 * Where the `security` block does not allow `uname`, the gateway's own read-only question is asked instead.
 */
export async function testServer(gateway: OperatorGateway, server: string): Promise<string> {
  try {
    const { exit_code: status, stdout } = await gateway.call('execute_command', {
      server,
      command: 'uname -a',
      timeout: 30,
    });
    if (status === 0) return String(stdout).trim();
    throw new GatewayError('connection_lost', `${server} ran \`uname -a\` with exit code ${String(status)}.`);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'denied_by_policy') throw error;
    const { system_info: facts } = await gateway.call('get_system_info', { server });
    const kernel = typeof facts === 'object' && facts !== null && 'kernel' in facts ? facts.kernel : '';
    return String(kernel);
  }
}
