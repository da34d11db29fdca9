import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { farAway, slowShell, warmCommands } from './commands.ts';
import { decisions } from './decisions.ts';
import { isMet, shown, type Row } from './figures.ts';
import { files } from './files.ts';
import { coldFleet } from './fleet.ts';
import { identity } from './identity.ts';
import { jobStarts } from './jobs.ts';
import { memory } from './memory.ts';
import { againstPeers } from './peers.ts';
import { stages } from './stages.ts';
import { startUp } from './start-up.ts';
import { transfers } from './transfers.ts';

/**
 * What we answer for, measured: `npm run bench`, `-- --json`, `-- --only commands,far`. Contenders take turns in one run,
 * so that the machine's moods hit them alike: read the ratios. `docs/benchmarks.md` holds the figures.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    commands: { type: 'string', default: '300' },
  },
});
const commands = Number(values.commands);

const sections = [
  warmCommands(commands),
  stages(commands),
  decisions,
  identity,
  slowShell(100),
  farAway(60),
  againstPeers(100),
  coldFleet(100, 3),
  coldFleet(500, 1),
  jobStarts(60),
  files,
  transfers,
  memory,
  startUp,
];
const wanted = values.only?.split(',') ?? sections.map(({ name }) => name);

const results: Record<string, readonly Row[]> = {};
if (!values.json) console.log(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`);
for (const { name, about, run } of sections) {
  if (!wanted.includes(name)) continue;
  const rows = await run();
  results[name] = rows;
  if (values.json) continue;
  console.log(`\n${name}: ${about}`);
  for (const row of rows) console.log(shown(row));
}
const missed = Object.values(results).flatMap((rows) => rows.filter((row) => !isMet(row)));
if (values.json) console.log(JSON.stringify({ cores: cpus().length, node: process.version, results }, undefined, 2));
else
  console.log(
    `\n${missed.length === 0 ? 'Every target is met.' : `Missed: ${missed.map(({ what }) => what).join('; ')}`}`,
  );
