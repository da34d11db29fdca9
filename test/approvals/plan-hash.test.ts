import { describe, expect, it } from 'vitest';
import { planHash, type Plan } from '../../src/approvals/plan-hash.ts';
import { canonicalJson } from '../../src/base/canonical-json.ts';
import { Secret } from '../../src/base/secret.ts';
import type { Host } from '../../src/hosts/host.ts';
import type { PrincipalId } from '../../src/identity/caller.ts';
import { aCaller } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const host: Host = {
  id: hostId('web-1'),
  address: '192.0.2.1',
  port: 22,
  user: 'ops',
  description: undefined,
  tags: ['web'],
  labels: { env: 'prod' },
  enabled: true,
  credentials: { keys: [], agent: undefined, password: new Secret('geheim-1234') },
  route: { kind: 'direct' },
  hostKeyAlias: undefined,
  pinnedHostKeys: [],
  knownHostsFiles: [],
};
const command = { kind: 'run_command', host: host.id, command: 'rm -rf /srv/x' } as const;
const match = { decision: 'ask', rule: 'r', justification: 'why', code: 'approval_unavailable' } as const;
const plan: Plan = {
  caller: aCaller(),
  tool: 'execute_command',
  arguments: { server: 'web-1', command: command.command, timeout: 5 },
  evaluation: { decision: 'ask', actions: [command], matches: [match], policyVersion: 'v1' },
  hosts: [host],
  change: { before: 'aa', after: 'bb' },
};
const { evaluation } = plan;

describe('the hash of a plan', () => {
  it('is the same whatever the order in which things are said, and whatever opens the door', () => {
    const { timeout: _, ...rest } = { timeout: 5, command: command.command, server: 'web-1' };
    const credentials = { keys: [], agent: undefined, password: undefined };
    expect(
      planHash({
        ...plan,
        caller: aCaller({ scopes: ['manage', 'install', 'write', 'execute', 'read'] }),
        arguments: { timeout: 5, ...rest },
        hosts: [{ ...host, credentials, description: 'the web server' }],
      }),
    ).toBe(planHash(plan));
  });

  it.each<[string, Partial<Plan>]>([
    ['another caller', { caller: aCaller({ principal: 'token:other' as PrincipalId }) }],
    ['another credential', { caller: aCaller({ name: 'other' }) }],
    ['fewer scopes', { caller: aCaller({ scopes: ['execute'] }) }],
    ['another profile', { caller: aCaller({ profile: 'admin' }) }],
    ['other servers allowed', { caller: aCaller({ allowedServers: ['web-*'] }) }],
    ['another tool', { tool: 'ssh_execute' }],
    ['another argument', { arguments: { server: 'web-1', command: command.command, timeout: 6 } }],
    ['one more argument', { arguments: { server: 'web-1', command: command.command, timeout: 5, sudo: true } }],
    ['another command', { evaluation: { ...evaluation, actions: [{ ...command, command: 'rm -rf  /srv/x' }] } }],
    ['another form of it', { evaluation: { ...evaluation, actions: [{ ...command, canonical: "'rm' '-rf'" }] } }],
    ['another host', { evaluation: { ...evaluation, actions: [{ ...command, host: hostId('web-2') }] } }],
    ['one more action', { evaluation: { ...evaluation, actions: [command, command] } }],
    ['another policy', { evaluation: { ...evaluation, policyVersion: 'v2' } }],
    ['another rule that asks', { evaluation: { ...evaluation, matches: [{ ...match, rule: 'other' }] } }],
    ['another address', { hosts: [{ ...host, address: '192.0.2.2' }] }],
    ['another port', { hosts: [{ ...host, port: 2222 }] }],
    ['another account', { hosts: [{ ...host, user: 'root' }] }],
    ['another label', { hosts: [{ ...host, labels: { env: 'test' } }] }],
    ['sudo', { hosts: [{ ...host, sudo: true }] }],
    ['another way there', { hosts: [{ ...host, route: { kind: 'jump', hosts: [host] } }] }],
    ['another file', { change: { before: 'ab', after: 'bb' } }],
    ['another content of it', { change: { before: 'aa', after: 'bc' } }],
    ['no file', { change: undefined }],
  ])('is another with %s', (_, difference) => {
    expect(planHash({ ...plan, ...difference })).not.toBe(planHash(plan));
  });
});

describe('canonical JSON', () => {
  it('tells apart what differs', () => {
    const values = [
      null,
      0,
      -1,
      1.5,
      '',
      '0',
      'ä',
      '\u202e',
      [],
      [null],
      [[]],
      {},
      { a: 1 },
      { a: '1' },
      [1, 2],
      [2, 1],
    ];
    expect(new Set(values.map(canonicalJson)).size).toBe(values.length);
  });

  it('refuses what JSON would leave out', () => {
    for (const value of [undefined, Number.NaN, 1n, () => 1, new Map(), new Secret('geheim-1234'), Symbol('x')]) {
      expect(() => canonicalJson({ value: value ?? [Number.NaN] })).toThrow('canonical');
    }
  });

  it('is JSON, with the keys in order and without what is undefined', () => {
    expect(canonicalJson({ b: 1, a: [undefined, { d: undefined, c: 'ü"' }], e: new Set(['y', 'x']) })).toBe(
      String.raw`{"a":[null,{"c":"ü\""}],"b":1,"e":["\"x\"","\"y\""]}`,
    );
  });
});
