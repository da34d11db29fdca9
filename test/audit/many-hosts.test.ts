import { describe, expect, it } from 'vitest';
import { recordedActions } from '../../src/audit/recorded-actions.ts';
import { outcomesOfLostCalls } from '../../src/audit/recover.ts';
import { thisProcess } from '../../src/base/process-identity.ts';
import type { AuditStore } from '../../src/audit/trail.ts';
import type { Action } from '../../src/policy/action.ts';
import { anIntent, aStartOfAnEndedProcess, chainOf } from '../fixtures/audit-records.ts';
import { hostId } from '../fixtures/sshd.ts';

const run = (host: string, command: string): Action => ({ kind: 'run_command', host: hostId(host), command });

describe('a record of what was meant', () => {
  it('has a command that goes to many hosts once', () => {
    const facts: Action = { kind: 'gather_facts', host: hostId('a') };
    expect(recordedActions([run('a', 'x'), run('b', 'x'), run('a', 'y'), facts])).toEqual([
      { kind: 'run_command', hosts: ['a', 'b'], command: 'x' },
      run('a', 'y'),
      facts,
    ]);
    expect(recordedActions([run('a', 'x')])).toEqual([run('a', 'x')]);
  });

  it('grows with the hosts, not with hosts and command', () => {
    const actions = Array.from({ length: 1_000 }, (_, at) => run(`h${at}`, 'x'.repeat(100_000)));
    expect(JSON.stringify(recordedActions(actions)).length).toBeLessThan(120_000);
  });

  it('names every host of a call that was lost with its process', async () => {
    const intent = { ...anIntent('lost'), actions: recordedActions([run('a', 'x'), run('b', 'x')]) };
    const chain = chainOf('c1', aStartOfAnEndedProcess(), intent);
    const store: Pick<AuditStore, 'openIntents' | 'first'> = {
      openIntents: async () => chain.slice(1),
      first: async () => chain[0],
    };
    expect(await outcomesOfLostCalls(store as AuditStore, thisProcess(), new Date())).toMatchObject([
      { callId: 'lost', result: 'unknown', serverName: null, command: 'x', metadata: { servers: ['a', 'b'] } },
    ]);
  });
});
