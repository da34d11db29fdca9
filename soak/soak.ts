/**
 * `npm run soak`: calls of every kind, 50 at a time over 20 hosts, for 30 minutes; nothing breaks. No call may be lost, no
 * process may stay on a host, and memory and file descriptors must not grow. `--minutes N`, `--at-once N`, `--hosts N`, `--seed N`.
 */
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { Trial } from '../chaos/trial.ts';
import { aWorld } from '../chaos/world.ts';
import { driftsOf, gaugesOf, type Gauges } from './gauges.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    'at-once': { type: 'string', default: '50' },
    hosts: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});
const minutes = Number(values.minutes);
const atOnce = Number(values['at-once']);
const hosts = Number(values.hosts);
const seed = Number(values.seed);

const settleMs = 3_000;
await using world = await aWorld({ seed, hosts, links: 'direct' });
await world.gateway.call(
  'execute_on_multiple',
  { servers: world.servers, command: 'true' },
  AbortSignal.timeout(60_000),
);
await sleep(settleMs);
const idle = await gaugesOf(world);

const until = performance.now() + minutes * 60_000;
const samples: Gauges[] = [];
/** While there is load: what is measured at rest is less, and would hide what grows. */
async function sample(): Promise<void> {
  const everyMs = Math.max(1_000, minutes * 600);
  while (performance.now() + everyMs < until) {
    await sleep(everyMs);
    samples.push(await gaugesOf(world));
  }
}

let calm = idle;
const onCalm = async (): Promise<void> => void (calm = await gaugesOf(world));
const options = {
  seed,
  calls: Number.MAX_SAFE_INTEGER,
  seconds: minutes * 60,
  atOnce,
  faults: 'none',
  onCalm,
} as const;
const [report] = await Promise.all([new Trial(world, options).run(), sample()]);

const drifts = driftsOf(samples);
// So short a run measures how the process warms up.
const isJudged = minutes >= 5;
const left = calm.processes / calm.connections - idle.processes / idle.connections;
const problems = [
  ...report.problems,
  ...report.lost.map((instead) => `not answered: ${instead}`),
  ...drifts.filter(({ isFlat }) => isJudged && !isFlat).map(({ gauge }) => `${gauge} is not flat`),
  // Each connection has what watches over it; there is nothing else when nothing runs.
  ...(left > 0.5 ? [`${calm.processes} processes stayed on the hosts, over ${calm.connections} connections`] : []),
];
const shown = (gauges: Gauges): string =>
  Object.entries(gauges)
    .map(([name, value]: [string, number]) => `${name} ${Math.round(value)}`)
    .join(', ');
console.log(
  `${problems.length === 0 ? 'passed' : 'failed'}  soak (${minutes} minutes, ${atOnce} at a time over ${hosts} hosts: ` +
    `${report.calls} calls, ${report.lost.length} lost)`,
);
console.log(
  `  answers: ${Object.entries(report.answers)
    .map(([name, times]) => `${times} ${name}`)
    .join(', ')}`,
);
for (const { gauge, before, after } of drifts)
  console.log(
    `  ${gauge}: ${before.toFixed(1)} early, ${after.toFixed(1)} late${isJudged ? '' : ' (too short a run to judge)'}`,
  );
console.log(`  at rest before: ${shown(idle)}\n  at rest after:  ${shown(calm)}`);
for (const problem of problems.slice(0, 20)) console.log(`  ${problem}`);
if (problems.length > 0) process.exitCode = 1;
