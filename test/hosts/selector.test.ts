import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/hosts/host.ts';
import { selectHosts } from '../../src/hosts/selector.ts';
import { anInventory } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const host = (id: string, more: Partial<Host> = {}) =>
  ({ id: hostId(id), enabled: true, tags: [], labels: {}, ...more }) as unknown as Host;

const inventory = anInventory([
  host('web-2', { tags: ['web', 'eu'] }),
  host('web-1', { tags: ['web'], labels: { env: 'prod' } }),
  host('web-10', { tags: ['web'], enabled: false }),
  host('db-1', { tags: ['db'], labels: { env: 'prod', role: 'a=b' } }),
  host('db-2', { labels: { env: 'test' } }),
  host('Web-9'),
  host('tag:odd'),
  host('!bang'),
  host('secret-1', { tags: ['web'], labels: { env: 'prod' } }),
]);
const mayReach = (name: string): boolean => !name.startsWith('secret');
const select = (...selectors: readonly string[]) => selectHosts(selectors, inventory, mayReach);

describe('a selection', () => {
  it.each<{ selectors: readonly string[]; hosts: readonly string[] }>([
    { selectors: ['db-1'], hosts: ['db-1'] },
    { selectors: ['db-1', 'web-1', 'web-2'], hosts: ['web-2', 'web-1', 'db-1'] },
    { selectors: ['db-1', 'db-1', 'db-*', 'tag:db'], hosts: ['db-1', 'db-2'] },
    { selectors: ['web-*'], hosts: ['web-2', 'web-1'] },
    { selectors: ['*-1'], hosts: ['web-1', 'db-1'] },
    { selectors: ['?eb-?'], hosts: ['web-2', 'web-1', 'Web-9'] },
    { selectors: ['w*b*1'], hosts: ['web-1'] },
    { selectors: ['tag:web'], hosts: ['web-2', 'web-1'] },
    { selectors: ['env=prod'], hosts: ['web-1', 'db-1'] },
    { selectors: ['role=a=b'], hosts: ['db-1'] },
    { selectors: ['tag:web', '!web-2'], hosts: ['web-1'] },
    { selectors: ['!tag:eu', 'web-*'], hosts: ['web-1'] },
    { selectors: ['*', '!env=prod', '!web-*', '!!bang'], hosts: ['db-2', 'Web-9', 'tag:odd'] },
    { selectors: ['tag:odd'], hosts: ['tag:odd'] },
    { selectors: ['!bang'], hosts: ['!bang'] },
    { selectors: ['web-1', 'web-*', '!web-1'], hosts: ['web-2'] },
  ])('of $selectors is $hosts, in the order of the inventory', async ({ selectors, hosts }) => {
    expect((await select(...selectors)).hosts).toEqual(hosts);
  });

  it.each<{ selector: string; code: string; error: string }>([
    { selector: 'web-3', code: 'unknown_host', error: 'Server not found: web-3' },
    { selector: 'web-10', code: 'host_disabled', error: 'Server is disabled: web-10' },
    { selector: 'secret-1', code: 'host_not_allowed', error: 'Access denied to server: secret-1' },
    { selector: 'secret-7', code: 'host_not_allowed', error: 'Access denied to server: secret-7' },
    { selector: 'secret-*', code: 'unknown_host', error: 'No accessible server matches secret-*' },
    { selector: 'tag:none', code: 'unknown_host', error: 'No accessible server matches tag:none' },
    { selector: 'env=none', code: 'unknown_host', error: 'No accessible server matches env=none' },
    { selector: 'constructor=x', code: 'unknown_host', error: 'No accessible server matches constructor=x' },
    { selector: '-rf', code: 'unknown_host', error: 'Server not found: -rf' },
  ])('says of $selector why it is skipped', async ({ selector, code, error }) => {
    expect(await select(selector, 'db-1')).toEqual({ hosts: ['db-1'], skipped: [{ server: selector, code, error }] });
  });

  it('names a disabled host that a pattern matches, unless it is left out', async () => {
    expect((await select('web-*')).skipped).toMatchObject([{ server: 'web-10', code: 'host_disabled' }]);
    expect((await select('web-*', '!web-10')).skipped).toEqual([]);
  });

  it('never tells whether a host out of reach exists', async () => {
    const texts = async (name: string) => JSON.stringify((await select(name)).skipped).replaceAll(name, 'X');
    expect(await texts('secret-1')).toBe(await texts('secret-2'));
    expect((await select('tag:web', 'env=prod', '*')).hosts).not.toContain('secret-1');
  });

  it('is refused when a server that is to be left out does not exist: it may be misspelt', async () => {
    await expect(select('web-*', '!wbe-1')).rejects.toMatchObject({
      code: 'unknown_host',
      message: 'Server not found: wbe-1. Nothing was run, for it was to be left out.',
    });
    expect((await select('web-1', '!secret-9', '!tag:none', '!x-*')).hosts).toEqual(['web-1']);
  });

  it('asks for the hosts in full only where their tags or labels matter', async () => {
    const names = { ...inventory, all: () => Promise.reject(new Error('asked')) };
    expect((await selectHosts(['db-*', '!db-2'], names, mayReach)).hosts).toEqual(['db-1']);
    await expect(selectHosts(['tag:web'], names, mayReach)).rejects.toThrow('asked');
  });

  it('is made in time that grows with pattern and names, not faster', async () => {
    const many = anInventory(Array.from({ length: 2_000 }, (_, at) => host(`${'a'.repeat(100)}${at}`)));
    const before = performance.now();
    await selectHosts([`${'*a'.repeat(100)}b`], many, () => true);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
