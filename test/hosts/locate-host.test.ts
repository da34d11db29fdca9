import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { AdHocHosts } from '../../src/hosts/ad-hoc-hosts.ts';
import { isHostId, type Host } from '../../src/hosts/host.ts';
import { locateHostIn, type HostArguments, type LocateOptions, type Reach } from '../../src/hosts/locate-host.ts';
import { unitedInventory } from '../../src/hosts/united-inventory.ts';
import { anInventory } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const key = { path: '/keys/web', passphrase: new Secret('opensesame') };
const password = new Secret('correct horse');

function host(id: string, overrides: Partial<Host> = {}): Host {
  return {
    id: hostId(id),
    address: `${id}.example`,
    port: 22,
    user: 'deploy',
    description: undefined,
    tags: [],
    labels: {},
    enabled: true,
    credentials: { keys: [key], agent: undefined, password: undefined },
    route: { kind: 'direct' },
    hostKeyAlias: undefined,
    pinnedHostKeys: [],
    knownHostsFiles: ['/known_hosts'],
    ...overrides,
  };
}

const hosts = [
  host('web-1', { address: '10.0.0.1' }),
  host('web-1-admin', { address: '10.0.0.1', user: 'admin', port: 2222 }),
  host('db-1', { address: 'DB.example', credentials: { keys: [], agent: undefined, password } }),
  host('old-1', { address: '10.0.0.9', enabled: false }),
];

const nothing: HostArguments = {
  host: undefined,
  port: undefined,
  username: undefined,
  privateKeyPath: undefined,
  passphrase: undefined,
  password: undefined,
};

const everywhere: Reach = { mayReach: () => true, isUnlimited: true };

function aLocator(options: Partial<LocateOptions> & { readonly allowAdHoc?: true } = {}) {
  const redacted: string[] = [];
  const adHoc = new AdHocHosts({
    defaults: {
      port: 22,
      user: undefined,
      credentials: {
        keys: [{ path: '/home/me/.ssh/id_ed25519', passphrase: undefined }],
        agent: '/agent',
        password: undefined,
      },
      knownHostsFiles: ['/own/known_hosts'],
    },
    redact: (secret) => {
      redacted.push(secret.reveal());
      return () => redacted.splice(redacted.indexOf(secret.reveal()), 1);
    },
  });
  const inventory = unitedInventory([anInventory(hosts), adHoc]);
  const locate = locateHostIn({
    inventory,
    defaultHost: undefined,
    adHoc: options.allowAdHoc ? adHoc : undefined,
    secretArguments: 'refused',
    ...options,
  });
  return {
    inventory,
    redacted,
    locate: (described: Partial<HostArguments>, reach = everywhere) => locate({ ...nothing, ...described }, reach),
    describe: async (described: Partial<HostArguments>) => {
      const { id } = await locate({ ...nothing, ...described }, everywhere);
      return await inventory.find(id);
    },
  };
}

describe('the host that arguments describe', () => {
  it.each<{ described: Partial<HostArguments>; id: string }>([
    { described: { host: 'web-1' }, id: 'web-1' },
    { described: { host: 'web-1', port: 22, username: 'deploy', privateKeyPath: '/keys/web' }, id: 'web-1' },
    { described: { host: 'db.EXAMPLE' }, id: 'db-1' },
    { described: { host: '10.0.0.1', port: 2222 }, id: 'web-1-admin' },
    { described: { host: '10.0.0.1', username: 'deploy' }, id: 'web-1' },
    { described: { host: 'old-1' }, id: 'old-1' },
    { described: { host: '10.0.0.9', username: 'other' }, id: 'old-1' },
    { described: { host: 'absent' }, id: 'absent' },
  ])('is $id for $described', async ({ described, id }) => {
    expect(await aLocator().locate(described)).toEqual({ id, shown: described.host });
  });

  it('is the default host where none is given', async () => {
    expect(await aLocator({ defaultHost: 'web-1' }).locate({})).toEqual({ id: 'web-1', shown: 'web-1' });
    await expect(aLocator().locate({})).rejects.toThrow("SSH host required. Provide 'host' or set SSH_DEFAULT_HOST.");
  });

  it('is asked for where several have the address', async () => {
    await expect(aLocator().locate({ host: '10.0.0.1' })).rejects.toThrow(
      "Several servers have the address 10.0.0.1: web-1, web-1-admin. Give one of these names as 'host'.",
    );
  });

  it('is none that the caller may not reach, and its name is not told', async () => {
    const webOnly: Reach = { mayReach: (name) => name === 'web-1', isUnlimited: false };
    const { locate } = aLocator({ allowAdHoc: true });
    expect(await locate({ host: '10.0.0.1' }, webOnly)).toEqual({ id: 'web-1', shown: '10.0.0.1' });
    expect(await locate({ host: 'db.example' }, webOnly)).toEqual({ id: 'db.example', shown: 'db.example' });
    expect(await locate({ host: 'db-1', username: 'x' }, webOnly)).toEqual({ id: 'db-1', shown: 'db-1' });
  });

  it.each<{ described: Partial<HostArguments>; names: string }>([
    { described: { username: 'root' }, names: "'username'" },
    { described: { port: 23, privateKeyPath: '/etc/shadow' }, names: "'port', 'private_key_path'" },
  ])('may not differ from the configured one in $names', async ({ described, names }) => {
    await expect(aLocator().locate({ host: 'web-1', ...described })).rejects.toMatchObject({
      code: 'host_not_allowed',
      message: `web-1 is configured otherwise than these arguments say. Leave out ${names}. An operator may set SSH_ALLOW_ADHOC_HOSTS=true.`,
    });
  });

  it('is not looked up with a secret among the arguments, be it the right one', async () => {
    const { locate, redacted } = aLocator({ allowAdHoc: true });
    for (const secrets of [{ password }, { passphrase: key.passphrase }, { password: new Secret('wrong') }]) {
      await expect(locate({ host: 'db-1', ...secrets })).rejects.toThrow(/Secrets are not taken as arguments/);
    }
    expect(redacted).toEqual([]);
  });

  it('is the configured one where secrets are taken and are its own', async () => {
    const { locate } = aLocator({ secretArguments: 'taken' });
    expect(await locate({ host: 'db-1', password: new Secret('correct horse') })).toMatchObject({ id: 'db-1' });
    expect(await locate({ host: 'web-1', passphrase: new Secret('opensesame') })).toMatchObject({ id: 'web-1' });
    await expect(locate({ host: 'db-1', password: new Secret('wrong') })).rejects.toThrow(/Leave out 'password'/);
  });
});

describe('a host that is in no configuration', () => {
  it('has an id that nobody can name, and is not listed', async () => {
    const { locate, inventory } = aLocator({ allowAdHoc: true });
    const { id, shown } = await locate({ host: '192.0.2.7', username: 'me' });
    expect({ id, shown }).toEqual({ id: 'ad-hoc:me@192.0.2.7:22#1', shown: '192.0.2.7' });
    expect(isHostId(id)).toBe(false);
    expect(inventory.status(id)).toBe('ad_hoc');
    expect((await inventory.all()).map((one) => one.id)).not.toContain(id);
  });

  it('is another for other credentials, and the same for the same', async () => {
    const { locate, redacted, inventory } = aLocator({ allowAdHoc: true, secretArguments: 'taken' });
    const mine = await locate({ host: 'h', username: 'me', password: new Secret('password-one') });
    const theirs = await locate({ host: 'h', username: 'me', password: new Secret('password-two') });
    expect((await locate({ host: 'h', username: 'me', password: new Secret('password-one') })).id).toBe(mine.id);
    expect(theirs.id).not.toBe(mine.id);
    expect((await inventory.find(mine.id))?.credentials.password?.reveal()).toBe('password-one');
    expect(redacted).toEqual(['password-one', 'password-two']);
  });

  it('is forgotten after many others, and so are its secrets', async () => {
    const { locate, redacted, inventory } = aLocator({ allowAdHoc: true, secretArguments: 'taken' });
    const first = await locate({ host: 'h', username: 'me', password: new Secret('password-one') });
    for (let n = 0; n < 256; n += 1) await locate({ host: `h${n}`, username: 'me' });
    expect(redacted).toEqual([]);
    expect(inventory.status(first.id)).toBe('absent');
  });

  it('is logged in to with the key that is given, else the password, else the usual keys', async () => {
    const { describe: find } = aLocator({ allowAdHoc: true, secretArguments: 'taken' });
    const me = { host: 'h', username: 'me' };
    expect((await find({ ...me, privateKeyPath: '/k' }))?.credentials).toMatchObject({
      keys: [{ path: '/k' }],
      agent: undefined,
    });
    expect((await find({ ...me, password }))?.credentials).toMatchObject({ keys: [], agent: undefined, password });
    expect((await find(me))?.credentials).toMatchObject({
      keys: [{ path: '/home/me/.ssh/id_ed25519' }],
      agent: '/agent',
    });
  });

  it('keeps the way and the host key of the configured one that it differs from, but not its password', async () => {
    const { describe: find } = aLocator({ allowAdHoc: true });
    expect(await find({ host: 'db-1', username: 'root' })).toMatchObject({
      id: 'ad-hoc:root@db-1:22#1',
      address: 'DB.example',
      user: 'root',
      knownHostsFiles: ['/known_hosts'],
      credentials: { password: undefined },
    });
  });

  it.each<{ what: string; described: Partial<HostArguments>; says: RegExp }>([
    {
      what: 'without a user',
      described: {},
      says: /^SSH username required\. Provide 'username' or set SSH_DEFAULT_USER\.$/,
    },
    {
      what: 'with a relative key path',
      described: { username: 'me', privateKeyPath: 'id_rsa' },
      says: /absolute path/,
    },
  ])('is refused $what', async ({ described, says }) => {
    await expect(aLocator({ allowAdHoc: true }).locate({ host: 'h', ...described })).rejects.toThrow(says);
  });

  it('is no way to a disabled one', async () => {
    const { locate } = aLocator({ allowAdHoc: true });
    for (const described of [
      { host: 'old-1', username: 'root' },
      { host: '10.0.0.9', username: 'root' },
    ]) {
      expect(await locate(described)).toMatchObject({ id: 'old-1' });
    }
  });

  it('is only for callers who may use all', async () => {
    const { locate, inventory } = aLocator({ allowAdHoc: true });
    const most: Reach = { mayReach: () => true, isUnlimited: false };
    const { id } = await locate({ host: 'h', username: 'me' }, most);
    expect({ id, status: inventory.status(id) }).toEqual({ id: 'h', status: 'absent' });
  });
});
