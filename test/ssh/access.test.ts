import { describe, expect, it } from 'vitest';
import type { BuiltAction } from '../../src/policy/action.ts';
import { settle } from '../../src/policy/settle.ts';
import { SshAccess } from '../../src/ssh/access.ts';
import { aCaller, anInventory } from '../fixtures/callers.ts';
import { aPool } from '../fixtures/pool.ts';
import { hostId } from '../fixtures/sshd.ts';

const judged: BuiltAction = {
  kind: 'check_service',
  host: hostId('web-1'),
  service: 'nginx',
  plain: ['systemctl status nginx'],
  command: 'systemctl status nginx',
};
const nowhere = { timeoutMs: 1_000, output: { stdout: () => undefined, stderr: () => undefined } };

/** Whether the door opens for `action` under a permit for `granted`: behind it, there is no such host. */
async function opens(granted: BuiltAction, action: BuiltAction): Promise<boolean> {
  await using pool = aPool();
  using permit = settle(aCaller(), { decision: 'allow', actions: [granted], matches: [] });
  const hosts = new SshAccess({ inventory: anInventory([]), pool }).under(permit, new AbortController().signal);
  const error: unknown = await hosts.runBuilt(action, nowhere).catch((cause: unknown) => cause);
  return String(error).includes('Server not found');
}

describe('the door to the hosts', () => {
  it('opens for a command of ours exactly as it was judged', async () => {
    expect(await opens(judged, structuredClone(judged))).toBe(true);
  });

  it.each<{ differs: string; action: BuiltAction }>([
    { differs: 'the text that is sent', action: { ...judged, command: 'systemctl stop nginx' } },
    { differs: 'what a person would type', action: { ...judged, plain: ['systemctl status ssh'] } },
    { differs: 'one more of these', action: { ...judged, plain: [...judged.plain, 'x'] } },
    { differs: 'the host', action: { ...judged, host: hostId('web-2') } },
    { differs: 'the service', action: { ...judged, service: 'ssh' } },
  ])('stays shut when $differs is another', async ({ action }) => {
    expect(await opens(judged, action)).toBe(false);
  });

  it('stays shut for a command that was judged without its text, or that nobody could judge', async () => {
    const { command: _command, ...unfinished } = judged;
    expect(await opens(unfinished, unfinished)).toBe(false);
    const unjudged = { ...judged, plain: [] };
    expect(await opens(unjudged, unjudged)).toBe(false);
  });
});
