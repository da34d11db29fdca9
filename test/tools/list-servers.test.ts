import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { isHostId, type Host } from '../../src/hosts/host.ts';
import { listServers } from '../../src/tools/list-servers.ts';
import { aCaller } from '../fixtures/callers.ts';
import { aBench } from './local-hosts.ts';

function aHost(name: string, overrides: Partial<Host> = {}): Host {
  if (!isHostId(name)) throw new Error(`not a host id: ${name}`);
  return {
    id: name,
    address: '192.0.2.1',
    port: 22,
    user: 'deploy',
    description: undefined,
    tags: [],
    labels: {},
    enabled: true,
    credentials: {
      keys: [{ path: '/keys/hunter2', passphrase: new Secret('hunter2') }],
      agent: undefined,
      password: new Secret('hunter2'),
    },
    route: { kind: 'direct' },
    hostKeyAlias: undefined,
    pinnedHostKeys: [],
    knownHostsFiles: ['/hunter2'],
    ...overrides,
  };
}

const inventory = [
  aHost('web-2', { tags: ['web'], description: 'Second' }),
  aHost('web-1', { tags: ['web', 'prod'], port: 2222 }),
  aHost('off', { enabled: false, tags: ['web'] }),
  aHost('db-1'),
];

describe('list_servers', () => {
  it("gives the seed's keys of each, in the order of the configuration, and nothing secret", async () => {
    await using bench = aBench({ inventory });
    const { json } = await bench.call(listServers, {});
    const common = { host: '192.0.2.1', port: 22, user: 'deploy', tags: [], description: '' };
    expect(json).toEqual({
      success: true,
      servers: {
        'web-2': { ...common, tags: ['web'], description: 'Second' },
        'web-1': { ...common, tags: ['web', 'prod'], port: 2222 },
        'db-1': common,
      },
      count: 3,
    });
    expect(Object.keys(json['servers'] as object)).toEqual(['web-2', 'web-1', 'db-1']);
    expect(JSON.stringify(json)).not.toContain('hunter2');
  });

  it('leaves out what the caller may not use, and what is disabled', async () => {
    await using bench = aBench({ inventory });
    const { json } = await bench.call(listServers, {}, aCaller({ allowedServers: ['web-*', 'off'] }));
    expect([Object.keys(json['servers'] as object), json['count']]).toEqual([['web-2', 'web-1'], 2]);
  });

  it.each([
    { tag: 'prod', names: ['web-1'] },
    { tag: 'nothing', names: [] },
    { tag: null, names: ['web-2', 'web-1', 'db-1'] },
  ])('lists $names for the tag $tag', async ({ tag, names }) => {
    await using bench = aBench({ inventory });
    const { json } = await bench.call(listServers, { tag });
    expect(Object.keys(json['servers'] as object)).toEqual(names);
  });

  it('lists a host of any name', async () => {
    await using bench = aBench({ inventory: [aHost('__proto__'), aHost('7')] });
    const { json } = await bench.call(listServers, {});
    expect(Object.keys(json['servers'] as object).sort()).toEqual(['7', '__proto__']);
  });
});
