import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRoot } from '../test/fixtures/machine.ts';
import { startSshd } from '../test/fixtures/sshd.ts';
import { startTcpProxy } from '../test/fixtures/tcp-proxy.ts';
import { bareEngine } from './bare-engine.ts';
import { takeTurns, throughput } from './contender.ts';
import { controlMaster } from './control-master.ts';
import { median, percentile, type Section } from './figures.ts';
import { overHttp, serveGateway } from './gateway.ts';

const roundTripMs = 30;

/** An ordinary account with a plain shell, where an account can be made. */
export const plain = isRoot ? ({ login: 'ordinary', shell: '/bin/dash' } as const) : {};

/** A warm `execute_command`: token, policy and audit on, over HTTP, against the engine with the same wire text. */
export function warmCommands(commands: number): Section {
  return {
    name: 'commands',
    about: `${commands} distinct commands on a warm host with a plain shell, in turns; then 32 at once`,
    run: async () => {
      await using sshd = await startSshd({ ...plain, maxSessions: 100 });
      await using gateway = await serveGateway(sshd);
      await using ours = overHttp(gateway);
      await using engine = await bareEngine(sshd);
      await using master = await controlMaster(sshd);
      const times = await takeTurns([engine, ours, master], commands);
      const of = (contender: typeof ours): readonly number[] => times.get(contender) ?? [];
      const added = of(ours).map((took, n) => took - (of(engine)[n] ?? Number.NaN));
      const rates = { ours: [0], engine: [0] };
      for (let round = 0; round < 3; round += 1) {
        rates.engine.push(await throughput(engine, 32, commands));
        rates.ours.push(await throughput(ours, 32, commands));
      }
      const rate = (name: 'ours' | 'engine'): number => median(rates[name].slice(1));
      return [
        ...[engine, ours, master].flatMap((contender) => [
          { what: `${contender.name}, p50`, measured: median(of(contender)), unit: 'ms' } as const,
          { what: `${contender.name}, p99`, measured: percentile(of(contender), 99), unit: 'ms' } as const,
        ]),
        {
          what: 'gateway / bare engine, p50',
          measured: median(of(ours)) / median(of(engine)),
          unit: 'x',
          target: { atMost: 1.25 },
        },
        {
          what: 'gateway / ssh over a ControlMaster, p50',
          measured: median(of(ours)) / median(of(master)),
          unit: 'x',
          target: { atMost: 0.5 },
        },
        { what: 'added, p50', measured: median(added), unit: 'ms', target: { atMost: 0.8 } },
        {
          what: 'added, p99 less p99',
          measured: percentile(of(ours), 99) - percentile(of(engine), 99),
          unit: 'ms',
          target: { atMost: 3 },
        },
        { what: 'commands a second, 32 at once: bare engine', measured: rate('engine'), unit: '/s' },
        { what: 'commands a second, 32 at once: gateway', measured: rate('ours'), unit: '/s' },
        {
          what: 'gateway / bare engine, 32 at once',
          measured: rate('ours') / rate('engine'),
          unit: 'x',
          target: { atLeast: 0.8 },
        },
      ];
    },
  };
}

/** A login shell that is slow to start hides what we add: the same call, for comparison. */
export function slowShell(commands: number): Section {
  return {
    name: 'slow-shell',
    about: `${commands} distinct commands where the login shell takes 50 ms to start`,
    run: async () => {
      if (!isRoot) return [];
      await using sshd = await startSshd({ login: 'ordinary', shell: '/bin/bash' });
      await writeFile(join(sshd.home, '.bashrc'), 'sleep 0.05\n');
      await using gateway = await serveGateway(sshd);
      await using ours = overHttp(gateway);
      await using engine = await bareEngine(sshd);
      const times = await takeTurns([engine, ours], commands);
      const [bare, mine] = [median(times.get(engine) ?? []), median(times.get(ours) ?? [])];
      return [
        { what: 'bare engine, p50', measured: bare, unit: 'ms' },
        { what: 'gateway / bare engine, p50', measured: mine / bare, unit: 'x', target: { atMost: 1.25 } },
      ];
    },
  };
}

/** How many round trips a command costs, on a link where they are what costs. */
export function farAway(commands: number): Section {
  return {
    name: 'far',
    about: `${commands} distinct commands over a link of ${roundTripMs} ms round-trip time, made by a delaying TCP proxy`,
    run: async () => {
      await using sshd = await startSshd(plain);
      await using proxy = await startTcpProxy(sshd.port, { delayMs: roundTripMs / 2 });
      await using gateway = await serveGateway(sshd, { ports: [proxy.port] });
      await using ours = overHttp(gateway);
      await using near = await bareEngine(sshd);
      await using engine = await bareEngine(sshd, proxy.port);
      const times = await takeTurns([near, engine, ours], commands);
      const of = (contender: typeof ours): number => median(times.get(contender) ?? []);
      return [
        { what: 'bare engine, p50', measured: of(engine), unit: 'ms' },
        { what: 'gateway, p50', measured: of(ours), unit: 'ms' },
        {
          what: 'bare engine, round trips beyond a near host',
          measured: (of(engine) - of(near)) / roundTripMs,
          unit: 'RTT',
        },
        {
          what: 'gateway, round trips beyond a near host',
          measured: (of(ours) - of(near)) / roundTripMs,
          unit: 'RTT',
          target: { atMost: 1.2 },
        },
        { what: 'gateway, whole call', measured: of(ours) / roundTripMs, unit: 'RTT', target: { atMost: 1.2 } },
      ];
    },
  };
}
