import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { handleToolCall } from '../../src/gateway/handle-tool-call.ts';
import { aGateway, fullToken, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
import { isRoot } from '../fixtures/machine.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const count = 500;
const nameOf = (at: number): string => `node-${String(at).padStart(3, '0')}`;

let sshd: Sshd;
let gateway: TestGateway;
beforeAll(async () => {
  sshd = await startSshd({ ports: count, maxStartups: 200, ...(isRoot && { login: 'ordinary', shell: '/bin/sh' }) });
  const servers = Object.fromEntries(sshd.ports.map((port, at) => [nameOf(at), { ...serverEntry(sshd), port }]));
  gateway = await aGateway(sshd, { servers });
}, 60_000);
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
}, 60_000);

describe('one call to 500 servers', () => {
  it('runs once on each, tells of the first long before the last, and fits its text on a screen', async () => {
    const told: { readonly text: string; readonly ms: number }[] = [];
    const before = { rss: process.memoryUsage().rss, ms: performance.now() };
    const { json, text = '' } = await handleToolCall(
      {
        id: randomUUID(),
        tool: 'execute_on_multiple',
        arguments: { servers: ['node-*'], command: 'echo "$SSH_CONNECTION" | cut -d" " -f4', timeout: 120, wait: 45 },
        credential: { kind: 'bearer', token: fullToken },
        signal: new AbortController().signal,
        client: undefined,
        report: (progress) => told.push({ text: progress(), ms: performance.now() - before.ms }),
      },
      gateway.running.gateway,
    );
    const took = performance.now() - before.ms;
    expect(json['summary']).toEqual({ total: count, succeeded: count, failed: 0 });
    const results = json['results'] as Readonly<Record<string, { readonly stdout: string }>>;
    expect(Object.keys(results)).toEqual(sshd.ports.map((_, at) => nameOf(at)));
    expect(Object.values(results).map(({ stdout }) => Number(stdout))).toEqual(sshd.ports);
    expect(told).toHaveLength(count);
    expect(told[0]?.text).toMatch(/^1 of 500: node-\d{3} exited 0 after \d+ ms: \d+$/);
    expect(told[0]?.ms).toBeLessThan(took / 4);
    expect(Buffer.byteLength(text)).toBeLessThan(48 * 1024);
    expect(process.memoryUsage().rss - before.rss).toBeLessThan(300e6);
  }, 120_000);
});
