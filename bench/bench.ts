import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { isRoot } from '../test/fixtures/machine.ts';
import { startSshd } from '../test/fixtures/sshd.ts';
import { bareEngine } from './bare-engine.ts';
import { gatewayOverHttp } from './gateway-over-http.ts';
import { controlMaster } from './control-master.ts';
import { percentile, type Contender } from './contender.ts';

/**
 * What a warm `execute_command` costs: through the gateway over HTTP with token, policy and audit on, against the SSH engine
 * alone on a connection of its own with the same wire text, and against the ssh client over a ControlMaster. Every command is distinct.
 * The contenders take turns in one run, so that the machine's moods hit them alike: read the ratios.
 */
const { values } = parseArgs({ options: { json: { type: 'boolean' }, commands: { type: 'string', default: '300' } } });
const commands = Number(values.commands);
const warmUp = 20;

await using sshd = await startSshd({ ...(isRoot && { login: 'ordinary', shell: '/bin/dash' }) });
await using gateway = await gatewayOverHttp(sshd);
await using engine = await bareEngine(sshd);
await using master = await controlMaster(sshd);

const contenders: readonly Contender[] = [engine, gateway, master];
const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
for (let n = -warmUp; n < commands; n += 1) {
  for (const contender of contenders) {
    const before = performance.now();
    const output = await contender.run(`echo ${n}`);
    const took = performance.now() - before;
    if (output.trim() !== String(n))
      throw new Error(`${contender.name} answered ${JSON.stringify(output)} to echo ${n}`);
    if (n >= 0) times.get(contender.name)?.push(took);
  }
}

const rows = contenders.map(({ name }) => {
  const all = times.get(name) ?? [];
  return { name, p50: percentile(all, 50), p99: percentile(all, 99) };
});
const of = (name: string) => rows.find((row) => row.name === name) ?? { p50: Number.NaN, p99: Number.NaN };
const added = commandsAdded();
const result = {
  commands,
  rows,
  against_engine_p50: of(gateway.name).p50 / of(engine.name).p50,
  against_ssh_p50: of(gateway.name).p50 / of(master.name).p50,
  added_ms_p50: percentile(added, 50),
  added_ms_p99: of(gateway.name).p99 - of(engine.name).p99,
};

/** Of each command, the gateway's time less the engine's beside it. */
function commandsAdded(): readonly number[] {
  const bare = times.get(engine.name) ?? [];
  return (times.get(gateway.name) ?? []).map((took, n) => took - (bare[n] ?? Number.NaN));
}

if (values.json) {
  console.log(JSON.stringify(result, undefined, 2));
} else {
  console.log(`${commands} distinct commands each, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`);
  for (const { name, p50, p99 } of rows)
    console.log(`${name.padEnd(32)} p50 ${p50.toFixed(2)} ms   p99 ${p99.toFixed(2)} ms`);
  console.log(`gateway / bare engine            ${result.against_engine_p50.toFixed(2)} at p50 (at most 1.25)`);
  console.log(`gateway / ssh over ControlMaster ${result.against_ssh_p50.toFixed(2)} at p50 (at most 0.5)`);
  console.log(
    `added                            ${result.added_ms_p50.toFixed(2)} ms at p50 (at most 0.8), ${result.added_ms_p99.toFixed(2)} ms at p99 (at most 3)`,
  );
}
