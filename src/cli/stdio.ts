import { composeGateway } from '../compose.ts';
import { loadConfig, type Config } from '../config/load.ts';
import type { ApiTokens } from '../identity/api-tokens.ts';
import type { Credential } from '../identity/authenticate.ts';
import { serveMcpStdio } from '../mcp/stdio.ts';
import { UsageError } from './exit-code.ts';
import { openProcessLog } from './process-log.ts';
import { mcpServices } from './services.ts';
import { stopSignal } from './stop-signal.ts';

const maxLineBytes = 8 * 1024 * 1024;

export const stdioHelp = `Usage: sallyport stdio [--config-dir DIR]

Serves one MCP client over standard input and output. Reads nothing from the working directory:
configuration comes from --config-dir, the environment, or $XDG_CONFIG_HOME/sallyport.
`;

/** Serves the agent that started us until it goes away. Its arguments are read by hand: a start takes no time to spare. */
export async function stdio(args: readonly string[]): Promise<void> {
  const configDir = configDirOf(args);
  if (configDir === 'help') {
    process.stdout.write(stdioHelp);
    return;
  }
  const stop = stopSignal();
  const config = await loadConfig({ use: 'stdio', flags: { configDir: configDir?.path } });
  await using processLog = openProcessLog(config);
  const { log, redactor } = processLog;
  await using running = await composeGateway(config, { log, redactor });
  await serveMcpStdio(mcpServices(running, log), {
    input: process.stdin,
    output: process.stdout,
    get credential() {
      return credentialOf(config, running.tokens);
    },
    maxLineBytes,
    signal: stop,
  });
}

function configDirOf(args: readonly string[]): { readonly path: string } | 'help' | undefined {
  const [first, second, ...more] = args;
  if (first === undefined) return undefined;
  if (first === '--help' || first === '-h') return 'help';
  const inline = /^--config-dir=(.+)$/s.exec(first)?.[1];
  if (inline !== undefined && second === undefined) return { path: inline };
  if (first === '--config-dir' && second !== undefined && more.length === 0) return { path: second };
  throw new UsageError(`sallyport stdio takes --config-dir DIR and nothing else\n\n${stdioHelp.trimEnd()}`);
}

/** Decided anew at each call: a token may be revoked, and the first one made, while we run. */
function credentialOf({ mcpToken }: Config, tokens: ApiTokens): Credential {
  if (mcpToken === undefined) {
    return tokens.isEmpty()
      ? { kind: 'local_user' }
      : { kind: 'missing', message: 'MCP_TOKEN environment variable is not set' };
  }
  const bearer: Credential = { kind: 'bearer', token: mcpToken.reveal() };
  return tokens.authenticate(bearer) ? bearer : { kind: 'missing', message: 'Invalid or disabled MCP_TOKEN' };
}
