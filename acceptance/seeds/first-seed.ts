import { readFileSync } from 'node:fs';
import { once } from '../once.ts';
import { freePorts } from '../../test/fixtures/ports.ts';
import { SallyportPlace, type Running } from '../../test/fixtures/sallyport.ts';
import { exampleDotEnv, exampleServers, exampleTokens } from '../../test/fixtures/seed-examples.ts';
import { generateKey, type KeyType } from '../../test/fixtures/ssh-keys.ts';
import type { Sshd } from '../../test/fixtures/sshd.ts';
import { AcceptanceClient } from '../client.ts';

/** Tokens in the place of the published ones, with what the example gives to each. */
export const tokens = {
  admin: 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0',
  readOnly: 'tok_17e2b9c4d0835f6a4b1c9d8e7f605142',
  devops: 'tok_2f8d1c7a6b5e4930a1b2c3d4e5f60718',
  slow: 'tok_94a3b2c1d0e5f6078192a3b4c5d6e7f8',
};
const passphrase = 'a passphrase from the environment';
const keyTypes: readonly KeyType[] = ['ed25519', 'ecdsa', 'rsa'];

/** A user of mcp-ssh: its example files, with addresses and accounts of this machine and tokens of their own. */
export interface FirstSeed extends AsyncDisposable {
  readonly place: SallyportPlace;
  readonly environment: Readonly<Record<string, string>>;
  readonly serving: Running;
  readonly url: string;
  /** As `admin`. */
  readonly client: AcceptanceClient;
  /** As any of them, once each. */
  as(who: keyof typeof tokens): Promise<AcceptanceClient>;
  /** The records in audit.log. */
  records(): readonly Readonly<Record<string, unknown>>[];
}

/** What stands in `servers.json` and `tokens.json`, once the keys lie in `keys`. */
export async function writeFirstSeed(place: SallyportPlace, sshd: Sshd): Promise<Readonly<Record<string, string>>> {
  place.write('keys/.keep', '');
  const entries: (readonly [string, object])[] = [];
  for (const [at, [name, entry]] of Object.entries(exampleServers.servers).entries()) {
    const path = place.path(entry.ssh_key_path.replace('/app/', ''));
    const key = await generateKey(path, keyTypes[at], entry.ssh_key_passphrase_env === null ? '' : passphrase);
    await sshd.authorize(key.publicLine);
    entries.push([name, { ...entry, host: sshd.address, port: sshd.ports[at], user: sshd.user }]);
  }
  place.write('config/servers.json', { ...exampleServers, servers: Object.fromEntries(entries) });
  const {
    tok_example_cursor_admin_abc123: admin,
    tok_example_claude_readonly_xyz789: readOnly,
    tok_example_codex_devops_def456: devops,
  } = exampleTokens.tokens;
  const created_at = new Date().toISOString();
  place.write('config/tokens.json', {
    tokens: {
      // The run makes more requests a minute than the example lets one token make.
      [tokens.admin]: { ...admin, created_at, rate_limit_multiplier: 100 },
      [tokens.readOnly]: { ...readOnly, created_at, rate_limit_multiplier: 1 },
      [tokens.devops]: { ...devops, created_at },
      [tokens.slow]: { ...devops, name: 'slow', created_at, rate_limit_multiplier: 0.05 },
    },
  });
  place.write('.env', `${exampleDotEnv}PROD_DB_SSH_PASSPHRASE='${passphrase}'\n`);
  return { CONFIG_DIR: place.path('config'), KEYS_DIR: place.path('keys'), LOGS_DIR: place.path('logs') };
}

export async function aFirstSeed(sallyport: string, sshd: Sshd): Promise<FirstSeed> {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(new SallyportPlace([sallyport]));
  const [port] = await freePorts(1);
  const environment = { ...(await writeFirstSeed(place, sshd)), HOST: '127.0.0.1', PORT: String(port) };
  const trusted = await place.run(['server', 'trust', '--all', '--yes'], { env: environment });
  if (trusted.status !== 0) throw new Error(`server trust: ${trusted.stderr}`);
  const env = {
    ...environment,
    OAUTH_ENABLED: 'true',
    SALLYPORT_REST_BRIDGE: 'true',
    SALLYPORT_TOOLSETS: 'core,ssh-mcp-server',
  };
  const serving = place.start(['serve'], { env });
  const [, url = ''] = await serving.printed(/(http:\/\/127\.0\.0\.1:\d+)\/mcp\n/);
  const connected = stack.use(new AsyncDisposableStack());
  const clients = Object.fromEntries(
    Object.entries(tokens).map(([who, token]) => [
      who,
      once(async () => connected.use(await AcceptanceClient.at(url, token))),
    ]),
  );
  const as: FirstSeed['as'] = (who) => clients[who]?.() ?? Promise.reject(new Error(`nobody is called ${who}`));
  const client = await as('admin');
  const open = stack.move();
  return {
    place,
    environment,
    serving,
    url,
    client,
    as,
    records: () =>
      readFileSync(place.path('logs/audit.log'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
