import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { freePorts } from '../../test/fixtures/ports.ts';
import { SallyportPlace } from '../../test/fixtures/sallyport.ts';
import { exampleEnvOfSecondSeed } from '../../test/fixtures/seed-examples.ts';
import type { Sshd } from '../../test/fixtures/sshd.ts';
import { AcceptanceClient } from '../client.ts';

/** A user of ssh-mcp-server: one host in the environment, no token, no files. */
export interface SecondSeed extends AsyncDisposable {
  readonly place: SallyportPlace;
  readonly client: AcceptanceClient;
  /** Where its `.env` example is served over HTTP, with one secret of its own. */
  readonly url: string;
  /** Another client, with more in its environment. */
  with(environment: Readonly<Record<string, string>>): Promise<AcceptanceClient>;
}

export async function aSecondSeed(sallyport: string, sshd: Sshd): Promise<SecondSeed> {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(new SallyportPlace([sallyport]));
  const known = join(place.home, '.config/sallyport');
  mkdirSync(known, { recursive: true, mode: 0o700 });
  copyFileSync(sshd.knownHostsPath, join(known, 'known_hosts'));
  const host = {
    SSH_DEFAULT_HOST: sshd.address,
    SSH_DEFAULT_PORT: String(sshd.port),
    SSH_DEFAULT_USER: sshd.user,
    SSH_KEY_PATH: sshd.keyPath,
  };
  const connected = stack.use(new AsyncDisposableStack());
  const connect = async (more: Readonly<Record<string, string>>): Promise<AcceptanceClient> => {
    const env = place.environment({ ...host, ...more });
    const started = { command: sallyport, args: ['stdio'], env, cwd: place.directory, stderr: 'ignore' as const };
    return connected.use(await AcceptanceClient.over(new StdioClientTransport(started)));
  };
  const client = await connect({});
  const own = 'SESSION_SECRET=8f14e45fceea167a5a36dedd4bea2543c9f0f895fb98ab91';
  place.write('.env', exampleEnvOfSecondSeed.replace(/^SESSION_SECRET=.*$/m, own));
  const [port] = await freePorts(1);
  await place.start(['serve', '--port', String(port)]).printed(/Serving MCP at/);
  const open = stack.move();
  return {
    place,
    client,
    url: `http://127.0.0.1:${port}`,
    with: connect,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
