/**
 * `npm run chaos`: calls of every kind, while links are cut and sshd and the gateway are killed; and then what is there.
 * Asked for: `--seed N`, `--calls N`, `--seconds N`, `--full`. One line says how it went.
 *
 * The seed decides which calls and faults come in which order; at which moment a fault strikes is the machine's.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Trial } from './trial.ts';
import { aWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    calls: { type: 'string' },
    seconds: { type: 'string', default: '86400' },
    full: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const calls = Number(values.calls ?? (values.full ? 10_000 : 1000));

await using world = await aWorld({ seed });
const {
  calls: made,
  answers,
  strikes,
  problems,
} = await new Trial(world, {
  seed,
  calls,
  seconds: Number(values.seconds),
}).run();

const list = (counts: Iterable<readonly [string, number]>): string =>
  [...counts].map(([name, times]) => `${times} ${name}`).join(', ');
const struck = Map.groupBy(strikes, ({ name }) => name);
console.log(
  `${problems.length === 0 ? 'passed' : 'failed'}  chaos (seed ${seed}: ${made} calls, ${strikes.length} faults)`,
);
console.log(
  `  calls: ${list(Object.entries(answers))}\n  faults: ${list([...struck].map(([name, { length }]) => [name, length]))}`,
);
for (const problem of problems.slice(0, 20)) console.log(`  ${problem}`);
if (problems.length > 0) {
  console.log(`  ${problems.length} problems. Again with: npm run chaos -- --seed ${seed} --calls ${calls}`);
  process.exitCode = 1;
}
