import { startSshd, type Sshd } from '../test/fixtures/sshd.ts';
import { connectBare, runBare } from './bare-engine.ts';
import { plain } from './commands.ts';
import { median, type Row, type Section } from './figures.ts';
import { serveGateway } from './gateway.ts';

/** How many handshakes the gateway has under way at once; the engine gets the same. */
const handshakes = 16;

/** One call to many hosts that nobody has connected to yet, each a port of its own. */
export function coldFleet(hosts: number, rounds: number): Section {
  return {
    name: `fleet-${hosts}`,
    about: `one command on ${hosts} cold hosts, ${handshakes} handshakes at once, ${rounds} rounds in turns`,
    run: async () => {
      await using sshd = await startSshd({ ...plain, ports: hosts, maxStartups: 200 });
      const bare: number[] = [];
      const ours: number[] = [];
      const warm: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        bare.push(await bareFanOut(sshd));
        await using gateway = await serveGateway(sshd);
        const ask = async (): Promise<number> => {
          const before = performance.now();
          const answer = await gateway.call('execute_on_multiple', {
            servers: ['bench-*'],
            command: 'hostname',
            wait: 45,
          });
          const { succeeded } = answer['summary'] as { succeeded: number };
          if (succeeded !== hosts) throw new Error(`${succeeded} of ${hosts} hosts answered`);
          return performance.now() - before;
        };
        ours.push(await ask());
        warm.push(await ask());
      }
      const row = (what: string, measured: number): Row => ({ what, measured, unit: 'ms' });
      return [
        row(`bare engine, ${hosts} cold hosts`, median(bare)),
        row(`execute_on_multiple, ${hosts} cold hosts`, median(ours)),
        row(`execute_on_multiple, the same ${hosts} hosts warm`, median(warm)),
        {
          what: 'gateway / bare engine, cold',
          measured: median(ours) / median(bare),
          unit: 'x',
          target: { atMost: 1.15 },
        },
      ];
    },
  };
}

/** Milliseconds until the last host has answered. */
async function bareFanOut(sshd: Sshd): Promise<number> {
  const waiting = [...sshd.ports];
  const clients: { end(): unknown }[] = [];
  const before = performance.now();
  const commands: Promise<string>[] = [];
  const connectAll = async (): Promise<void> => {
    for (let port = waiting.pop(); port !== undefined; port = waiting.pop()) {
      const client = await connectBare(sshd, port);
      clients.push(client);
      commands.push(runBare(client, 'hostname'));
    }
  };
  await Promise.all(Array.from({ length: handshakes }, connectAll));
  await Promise.all(commands);
  const took = performance.now() - before;
  for (const client of clients) client.end();
  return took;
}
