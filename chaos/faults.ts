import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../test/fixtures/random.ts';
import type { World } from './world.ts';

interface Fault {
  readonly name: string;
  readonly weight: number;
  readonly strike: (world: World, random: Random) => Promise<void>;
}

/** One entry for each way in which things break. */
const faults: readonly Fault[] = [
  {
    name: 'link cut',
    weight: 8,
    strike: async ({ proxies }, random) => proxies[random.whole(0, proxies.length - 1)]?.cutAll(),
  },
  {
    name: 'link hung',
    weight: 2,
    strike: async ({ proxies }, random) => {
      const proxy = proxies[random.whole(0, proxies.length - 1)];
      proxy?.hang();
      await sleep(random.whole(100, 2000));
      proxy?.resume();
    },
  },
  { name: 'connections of sshd killed', weight: 6, strike: async ({ sshd }) => sshd.dropConnections() },
  {
    name: 'sshd killed',
    weight: 2,
    strike: async ({ sshd }, random) => {
      await sshd.kill();
      await sleep(random.whole(0, 500));
      await sshd.start();
    },
  },
  {
    name: 'gateway killed',
    weight: 6,
    strike: async ({ gateway }, random) => {
      await gateway.stop('SIGKILL');
      await sleep(random.whole(0, 500));
      await gateway.begin();
    },
  },
  {
    name: 'gateway told to stop',
    weight: 1,
    strike: async ({ gateway }) => {
      await gateway.stop('SIGTERM');
      await gateway.begin();
    },
  },
];

export interface Strike {
  readonly name: string;
  /** A `performance.now()`. */
  readonly at: number;
}

/** Breaks things until it is told to end. */
export async function breakThings(
  world: World,
  random: Random,
  { ends, note }: { readonly ends: AbortSignal; readonly note: (strike: Strike) => void },
): Promise<void> {
  while (!ends.aborted) {
    await sleep(random.whole(100, 2000));
    const { name, strike } = random.weighted(faults);
    note({ name, at: performance.now() });
    await strike(world, random);
  }
}
