import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, type Section } from './figures.ts';
import { sallyport } from './gateway.ts';

const starts = 11;

/** From the start of the process to the answer to `initialize`. */
export const startUp: Section = {
  name: 'start-up',
  about: `sallyport stdio from the built bundle, ${starts} starts`,
  run: async () => {
    const home = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
    const times: number[] = [];
    try {
      for (let n = 0; n < starts; n += 1) times.push(await timeToInitialize(home));
    } finally {
      rmSync(home, { recursive: true });
    }
    return [
      {
        what: 'process start to initialize answered, p50',
        measured: median(times),
        unit: 'ms',
        target: { atMost: 150 },
      },
    ];
  },
};

async function timeToInitialize(home: string): Promise<number> {
  const before = performance.now();
  const env = { PATH: process.env['PATH'], HOME: home, LOG_LEVEL: 'error' };
  const child = spawn(process.execPath, [...sallyport, 'stdio'], { env, cwd: home, stdio: ['pipe', 'pipe', 'ignore'] });
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } };
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`);
  await once(child.stdout, 'data');
  const took = performance.now() - before;
  child.stdin.end();
  await once(child, 'exit');
  return took;
}
