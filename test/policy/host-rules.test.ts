import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/hosts/inventory.ts';
import type { Action } from '../../src/policy/action.ts';
import { Policy } from '../../src/policy/policy.ts';
import { aCaller } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

type Status = ReturnType<Inventory['status']>;
const known: Readonly<Record<string, Status>> = {
  'web-1': 'enabled',
  'db-1': 'enabled',
  'web-old': 'disabled',
  ghost: 'ad_hoc',
};
const status: Inventory['status'] = (id) => known[id] ?? 'absent';
const refusalsOf = (allowedServers: readonly string[], action: Action) =>
  new Policy({ status }).evaluate(aCaller({ allowedServers }), [action]).matches;
const on = (name: string): Action => ({ kind: 'gather_facts', host: hostId(name) });

describe('the hosts a caller reaches', () => {
  it.each([
    { name: 'web-1', allowed: ['web-*'] },
    { name: 'db-1', allowed: ['*'] },
    { name: 'ghost', allowed: ['*'] },
  ])('are those that its credential lists and the operator enabled: $name for $allowed', ({ name, allowed }) => {
    expect(refusalsOf(allowed, on(name))).toEqual([]);
  });

  const unlisted = (name: string) => ({
    decision: 'deny',
    rule: 'allowed_servers',
    code: 'host_not_allowed',
    justification: `Access denied to server: ${name}. See list_servers for those you may use.`,
  });
  it.each(['db-1', 'no-such', 'old'])('are refused alike whether they exist or not: %s', (name) => {
    expect(refusalsOf(['web-*'], on(name))[0]).toEqual(unlisted(name));
  });

  it.each([
    { name: 'web-old', code: 'host_disabled', said: 'Server is disabled: web-old. Ask the operator to enable it.' },
    { name: 'web-2', code: 'unknown_host', said: 'Server not found: web-2. See list_servers for the names.' },
  ])('are refused as $code where they are listed and not in use', ({ name, code, said }) => {
    expect(refusalsOf(['web-*'], on(name))).toEqual([
      { decision: 'deny', rule: 'inventory', code, justification: said },
    ]);
  });

  it('are those of the inventory alone, but for a credential that is good for all', () => {
    const justification = 'Access denied to server: ghost. Only a token for all servers may use others.';
    expect(refusalsOf(['ghost', 'g*'], on('ghost'))).toEqual([
      { decision: 'deny', rule: 'inventory', code: 'host_not_allowed', justification },
    ]);
  });

  it('matter nothing to what stays inside the gateway', () => {
    expect(refusalsOf(['web-*'], { kind: 'list_hosts' })).toEqual([]);
    expect(refusalsOf([], { kind: 'read_kept_output', outputId: 'o-1' })).toEqual([]);
  });
});
