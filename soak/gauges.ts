import { readdirSync } from 'node:fs';
import type { World } from '../chaos/world.ts';
import { processesMentioning } from '../test/fixtures/lingering.ts';

/** What must not grow. */
export interface Gauges {
  readonly heapMb: number;
  readonly residentMb: number;
  readonly descriptors: number;
  /** On the hosts, of commands and of what watches over them. */
  readonly processes: number;
  readonly connections: number;
}

export async function gaugesOf({ gateway, sshd }: World): Promise<Gauges> {
  const figures = await gateway.metrics();
  const memory = (kind: string): number =>
    Number(new RegExp(`^sallyport_process_memory_bytes\\{kind="${kind}"\\} (\\S+)`, 'm').exec(figures)?.[1]) / 2 ** 20;
  return {
    heapMb: memory('heap_used'),
    residentMb: memory('rss'),
    descriptors: readdirSync(`/proc/${gateway.pid}/fd`).length,
    processes: processesMentioning(sshd.mark).length,
    connections: sshd.connections().length,
  };
}

/** How much more a gauge may be at the end than at the beginning, and still be called flat. */
interface Slack {
  readonly factor: number;
  readonly more: number;
}

/** The heap grows until it is collected, so the least of a while is what is held. */
const slacks: Readonly<Record<'heapMb' | 'residentMb' | 'descriptors' | 'processes', Slack>> = {
  heapMb: { factor: 1.15, more: 16 },
  residentMb: { factor: 1.15, more: 48 },
  descriptors: { factor: 1, more: 24 },
  processes: { factor: 1.25, more: 12 },
};

export interface Drift {
  readonly gauge: string;
  readonly before: number;
  readonly after: number;
  readonly isFlat: boolean;
}

/** Compares the second fifth of the samples, when all is warm, with the last, by their least. */
export function driftsOf(samples: readonly Gauges[]): readonly Drift[] {
  const fifth = Math.max(1, Math.floor(samples.length / 5));
  const early = samples.slice(fifth, 2 * fifth);
  const late = samples.slice(-fifth);
  return (Object.keys(slacks) as (keyof typeof slacks)[]).map((gauge) => {
    const least = (some: readonly Gauges[]): number => Math.min(...some.map((sample) => sample[gauge]));
    const [before, after] = [least(early), least(late)];
    const { factor, more } = slacks[gauge];
    return { gauge, before, after, isFlat: after <= before * factor + more };
  });
}
