import type { Log } from '../base/log.ts';
import { rewriteJsonFile } from '../base/json-file.ts';
import type { Secret } from '../base/secret.ts';
import type { Config } from '../config/load.ts';
import { OwnCalls } from '../identity/own-calls.ts';
import type { JsonObject } from '../tools/tool.ts';
import { demoName, dropDemoEntries, hasRealServer, openDemoHost, type DemoHost } from './demo-host.ts';
import { foundLine } from './found-line.ts';
import { firstToken } from './init.ts';
import { makePrivateDirectory } from './open-config.ts';
import type { ProcessLog } from './process-log.ts';
import { callOverHttp } from './self-call.ts';
import { openServing, type Serving } from './serving.ts';
import { describeSnippets } from './snippets.ts';
import { aborted } from './stop-signal.ts';

/**
 * Serves, and proves it with one real call. Makes the configuration where there is none, and starts a demo host as long
 * as servers.json holds no real server.
 */
export async function serveDemo(
  config: Config,
  { log, redactor, stop }: Omit<ProcessLog, keyof AsyncDisposable> & { readonly stop: AbortSignal },
): Promise<void> {
  await makePrivateDirectory(config.configDir);
  await rewriteJsonFile(config.serversFile, (members) => ({ servers: {}, ...members }));
  const token = await firstToken('serve --demo', { config, log });
  await using stack = new AsyncDisposableStack();
  const isReal = await hasRealServer(config);
  const demo = isReal ? undefined : stack.use(await openDemoHost(config));
  if (isReal) await dropDemoEntries(config);

  using own = new OwnCalls();
  const serving = stack.use(await openServing(config, { log, redactor, demoEntries: 'served', authMethods: [own] }));
  if (demo !== undefined) say(`Demo server: commands run as you, in ${demo.home}. It goes when you add a real server.`);
  else say(foundLine(await serving.running.inventory.all(), config));
  if (demo !== undefined) closeWhenReplaced(demo, serving, log);
  await proveIt(serving, token ?? own.token, demo === undefined ? undefined : demoName);
  own[Symbol.dispose]();
  for (const line of connectionHelp(serving, token)) say(line);
  await aborted(stop);
}

/** The demo host ends when its entry does, which a real server takes the place of. */
function closeWhenReplaced(demo: DemoHost, { running }: Serving, log: Log): void {
  const close = async (): Promise<void> => {
    try {
      await demo[Symbol.asyncDispose]();
      log.info('the demo server ended: servers.json holds a real one');
    } catch (error) {
      log.error({ err: error }, 'the demo server did not end well');
    }
  };
  running.inventory.onChanged((gone) => {
    if ([...gone].some((id) => id === demoName)) void close();
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One call from outside to inside and back: a command on the demo host, or the list of real servers. */
async function proveIt(serving: Serving, token: Secret, server: string | undefined): Promise<void> {
  const url = `${serving.listener.url}/mcp`;
  if (server === undefined) {
    const { count } = await callOverHttp(url, token, { tool: 'list_servers', input: {} });
    say(`✓ list_servers over ${url}: ${String(count)} servers`);
    return;
  }
  const command = 'echo "Hello from $(uname -sr), as $(id -un)"';
  const result = await callOverHttp(url, token, { tool: 'execute_command', input: { server, command } });
  if (result['success'] !== true) throw new Error(`the first call failed: ${JSON.stringify(failureIn(result))}`);
  say(`✓ execute_command over ${url}`);
  say(`  $ ${command}`);
  say(
    `  ${String(result['stdout']).trim()}   (exit code ${String(result['exit_code'])}, ${String(result['duration_ms'])} ms)`,
  );
}

function failureIn({ code, error, stderr }: JsonObject): JsonObject {
  return { code, error, stderr };
}

function connectionHelp({ listener }: Serving, token: Secret | undefined): readonly string[] {
  const url = `${listener.url}/mcp`;
  const known = token?.reveal();
  return [
    '',
    `URL:   ${url}`,
    known === undefined
      ? 'Token: made before, and shown only then. Another one: sallyport token create'
      : `Token: ${known}   (shown only now)`,
    ...describeSnippets(url, known ?? '<your token>'),
    '',
    'A server of your own: sallyport server add',
  ];
}
