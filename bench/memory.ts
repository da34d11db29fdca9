import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSshd } from '../test/fixtures/sshd.ts';
import { plain } from './commands.ts';
import type { Section } from './figures.ts';
import { serveGateway } from './gateway.ts';

const hosts = 100;

/** Resident memory of a process in KB (proc(5), VmRSS and VmHWM). */
function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]);
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

/** What the gateway's process holds: idle, with idle connections, and while a host floods it. */
export const memory: Section = {
  name: 'memory',
  about: `the gateway idle, with ${hosts} idle connections, and while a host sends 1 GB`,
  run: async () => {
    await using sshd = await startSshd({ ...plain, ports: hosts, maxStartups: 200 });
    await using gateway = await serveGateway(sshd);
    const toAll = { servers: ['bench-*'], command: 'true' };
    const call = (command: string) => gateway.call('execute_command', { server: 'bench-1', command });
    await call('true');
    await sleep(2000);
    const idle = memoryOf(gateway.pid).now;
    for (let n = 0; n < 20; n += 1) await call(`seq ${n} 20000`);
    await sleep(2000);
    const used = memoryOf(gateway.pid).now;
    await gateway.call('execute_on_multiple', toAll);
    await sleep(5000);
    const connected = memoryOf(gateway.pid).now;
    await call('head -c 1000000000 /dev/zero | tr "\\0" y');
    const { peak } = memoryOf(gateway.pid);
    return [
      { what: 'idle after a first call, resident', measured: idle / 1024, unit: 'MB', target: { atMost: 120 } },
      { what: 'idle after 20 calls of 100 KB each, resident', measured: used / 1024, unit: 'MB' },
      { what: 'each idle connection', measured: (connected - used) / hosts, unit: 'KB', target: { atMost: 120 } },
      {
        what: 'more at most while a host floods 1 GB',
        measured: (peak - connected) / 1024,
        unit: 'MB',
        target: { atMost: 64 },
      },
    ];
  },
};
