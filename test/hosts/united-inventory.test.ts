import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { defaultHost, fixedInventory, type DefaultHostSettings } from '../../src/hosts/default-host.ts';
import { unitedInventory } from '../../src/hosts/united-inventory.ts';
import type { Host, HostId } from '../../src/hosts/host.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const settings: DefaultHostSettings = {
  address: 'box.example',
  port: 22,
  user: 'root',
  password: undefined,
  keyPath: undefined,
  passphrase: undefined,
  agent: undefined,
  home: undefined,
  knownHostsFiles: [],
};

function aHost(changes: Partial<DefaultHostSettings> = {}): Host {
  const host = defaultHost({ ...settings, ...changes });
  if (host === undefined) throw new Error('no host');
  return host;
}

describe('the default host', () => {
  it('is named by its address, which must be a name', () => {
    expect(aHost().id).toBe('box.example');
    expect(defaultHost({ ...settings, address: '-oProxyCommand=id' })).toBeUndefined();
  });

  it("is entered with the key that is named, else the password, else the user's own keys", () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, '.ssh'));
    for (const name of ['id_ecdsa', 'id_ed25519', 'id_other']) writeFileSync(join(folder.path, '.ssh', name), '');
    const home = folder.path;
    const pathsFor = (changes: Partial<DefaultHostSettings>) =>
      aHost({ home, ...changes }).credentials.keys.map(({ path }) => path);
    expect(pathsFor({ keyPath: '/key' })).toEqual(['/key']);
    expect(pathsFor({ password: new Secret('x') })).toEqual([]);
    expect(pathsFor({})).toEqual(['id_ed25519', 'id_ecdsa'].map((name) => join(home, '.ssh', name)));
    expect(pathsFor({ home: undefined })).toEqual([]);
  });
});

describe('several inventories as one', () => {
  it('mean the host of the first that knows the name, a disabled one too', async () => {
    const [first, second, other] = [{ ...aHost(), enabled: false }, aHost({ port: 2 }), aHost({ address: 'other' })];
    const inventory = unitedInventory([fixedInventory([first]), fixedInventory([second, other])]);
    expect(inventory.status(first.id)).toBe('disabled');
    expect(await inventory.find(first.id)).toBe(first);
    expect(await inventory.all()).toEqual([first, other]);
    expect(inventory.status(aHost({ address: 'absent' }).id)).toBe('absent');
  });

  it('pass on what any of them tells, until it is no longer wanted', () => {
    const listeners = new Set<(gone: ReadonlySet<HostId>) => void>();
    const telling = {
      ...fixedInventory([]),
      onChanged: (listener: (gone: ReadonlySet<HostId>) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const told: ReadonlySet<HostId>[] = [];
    const unsubscribe = unitedInventory([fixedInventory([]), telling]).onChanged((gone) => told.push(gone));
    const gone = new Set([aHost().id]);
    for (const listener of listeners) listener(gone);
    unsubscribe();
    expect(told).toEqual([gone]);
    expect(listeners.size).toBe(0);
  });
});
