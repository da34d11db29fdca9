import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyFile } from '../fixtures/audit-file.ts';
import { fullRights, fullToken } from '../fixtures/gateway.ts';
import { anInstallation, type Installation, type Served } from '../fixtures/installation.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
let team: Installation;
let place: SallyportPlace;
beforeAll(async () => {
  sshd = await startSshd();
  const tokens = { [fullToken]: { ...fullRights, profile: 'standard' } };
  team = anInstallation(sshd, { 'tokens.json': { tokens } });
  place = new SallyportPlace();
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await team[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

type Json = Record<string, unknown>;

async function run(served: Served, command: string, more: Json = {}): Promise<Json> {
  const params = { name: 'execute_command', arguments: { server: 'web-1', command, ...more } };
  const response = await fetch(`${served.url}/mcp`, {
    method: 'POST',
    headers: { authorization: `Bearer ${fullToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  const { result } = (await response.json()) as { result: { structuredContent: Json } };
  return result.structuredContent;
}

const approveAtTerminal = (id: unknown) =>
  place.atTerminal(['approvals', 'approve', String(id)], [[/To confirm, type (\w{6}): /, ([, code]) => `${code}\r`]], {
    cwd: team.directory,
  });

describe('an approval that two gateways share', () => {
  it('outlives the gateway that asked, is given at a terminal, and lets one of fifty calls run', async () => {
    const counter = join(team.directory, 'counter');
    const tree = join(team.directory, 'tree');
    mkdirSync(tree);
    const command = `echo x >> ${counter}; rm -rf ${tree}`;
    const killed = await team.serve();
    const { code, approval_id } = await run(killed, command);
    expect(code).toBe('approval_required');
    killed.process.kill('SIGKILL');
    const [one, other] = [await team.serve(), await team.serve()];
    expect(await run(one, command)).toMatchObject({ code: 'approval_required', approval_id });
    expect(await approveAtTerminal(approval_id)).toMatchObject({ status: 0 });
    expect(existsSync(tree)).toBe(true);
    const calls = Array.from({ length: 50 }, (_, n) => run(n % 2 === 0 ? one : other, command, { approval_id }));
    const codes = (await Promise.all(calls)).map((json) => json['code'] ?? json['exit_code']);
    expect(codes.toSorted()).toEqual([0, ...Array.from({ length: 49 }, () => 'approval_used')]);
    expect(readFileSync(counter, 'utf8')).toBe('x\n');
    expect(existsSync(tree)).toBe(false);
    expect(await verifyFile(join(team.directory, 'data', 'audit.db'))).toMatchObject({ ok: true });
  }, 60_000);
});
