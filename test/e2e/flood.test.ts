import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fullRights, fullToken } from '../fixtures/gateway.ts';
import { anInstallation } from '../fixtures/installation.ts';
import { startSshd } from '../fixtures/sshd.ts';

/** Resident memory of a process in MB, now and at its highest (proc(5), VmRSS and VmHWM). */
function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string): number => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}

describe('a gateway with a host that floods it', () => {
  it('drains 1 GB in bounded memory, keeps head and tail, and serves other calls meanwhile', async () => {
    await using sshd = await startSshd();
    await using installation = anInstallation(sshd, { 'tokens.json': { tokens: { [fullToken]: fullRights } } });
    await using served = await installation.serve();
    const call = async (command: string): Promise<Record<string, unknown>> => {
      const headers = { authorization: `Bearer ${fullToken}`, 'content-type': 'application/json' };
      const params = { name: 'execute_command', arguments: { server: 'web-1', command } };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
      const response = await fetch(`${served.url}/mcp`, { method: 'POST', headers, body });
      const { result } = (await response.json()) as { result: { structuredContent: Record<string, unknown> } };
      return result.structuredContent;
    };
    for (let n = 0; n < 20; n += 1) await call(`seq ${n} 20000`);
    const before = memoryOf(served.process.pid ?? 0).now;
    const flood = call('head -c 1000000000 /dev/zero | tr "\\0" y');
    const slowest: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      const start = performance.now();
      expect(await call(`echo ${n}`)).toMatchObject({ stdout: `${n}\n` });
      slowest.push(performance.now() - start);
    }
    expect(await flood).toMatchObject({ success: true, exit_code: 0, truncated: true });
    expect(memoryOf(served.process.pid ?? 0).peak - before).toBeLessThan(64);
    expect(Math.max(...slowest)).toBeLessThan(3000);
  }, 60_000);
});
