/**
 * `npm run acceptance`: is everything that users of both seeds rely on, or were promised, true of the package as it is
 * built? One line a claim, with what proves it. Fails where a claim has no proof, or a proof is missing or fails.
 *
 * `--results FILE` (again and again) takes the tests that prove something from JSON reports of a run that has just been;
 * else they are run here. `--only WORDS` looks at the claims alone that hold these words.
 */
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../test/fixtures/temporary-folder.ts';
import { checks, type CheckName } from './checks/all.ts';
import { gapsOf, type Proof, type TestProof } from './claim.ts';
import { claimLists } from './claims/lists.ts';
import { problemOf, readResults, runTests } from './test-results.ts';
import { aWorld, type World } from './world.ts';

const { values } = parseArgs({
  options: { results: { type: 'string', multiple: true }, only: { type: 'string', default: '' } },
});
const rows = claimLists
  .flatMap(({ name, claims }) => claims.map((claim) => ({ ...claim, name: `${name} ${claim.line}` })))
  .filter(({ name, claim }) => `${name}: ${claim}`.includes(values.only));
const proofs = rows.flatMap((row) => row.proofs);

/** What a check found, once each. */
async function problemsOfChecks(names: ReadonlySet<CheckName>): Promise<ReadonlyMap<CheckName, string>> {
  const problems = new Map<CheckName, string>();
  await using world = await aWorld();
  for (const name of names) {
    const problem = await problemOfCheck(name, world);
    if (problem !== undefined) problems.set(name, problem);
  }
  return problems;
}

async function problemOfCheck(name: CheckName, world: World): Promise<string | undefined> {
  try {
    await checks[name](world);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

const began = performance.now();
const named = new Set(proofs.flatMap((proof) => (proof.kind === 'check' ? [proof.name] : [])));
const wrong = await problemsOfChecks(named);
const tests = proofs.filter((proof): proof is TestProof => proof.kind === 'test');
using folder = temporaryFolder();
const results = values.results?.flatMap(readResults) ?? (await runTests(tests, folder.path));

function shown(proof: Proof): { readonly text: string; readonly problem: string | undefined } {
  switch (proof.kind) {
    case 'check':
      return { text: proof.name, problem: wrong.get(proof.name) };
    case 'test':
      return { text: `${proof.file}: ${proof.title}`, problem: problemOf(proof, results) };
  }
}

let failures = 0;
for (const { name, claim, proofs: own } of rows) {
  const found = own.map(shown);
  const isProven = found.length > 0 && found.every(({ problem }) => problem === undefined);
  if (!isProven) failures += 1;
  console.log(`${isProven ? 'passed' : 'failed'}  ${name}: ${claim}`);
  for (const { text, problem } of found)
    console.log(`    ${problem === undefined ? '✓' : '✗'} ${text}${problem === undefined ? '' : `\n${problem}`}`);
}
const used = new Set(
  claimLists
    .flatMap(({ claims }) => claims.flatMap((claim) => claim.proofs))
    .map((proof) => proof.kind === 'check' && proof.name),
);
const gaps = [
  ...claimLists.flatMap(gapsOf),
  ...Object.keys(checks)
    .filter((name) => !used.has(name as CheckName))
    .map((name) => `no claim is proven by: ${name}`),
];
for (const gap of gaps) console.log(`failed  ${gap}`);
const seconds = Math.round((performance.now() - began) / 1000);
console.log(`${rows.length - failures} of ${rows.length} claims proven, ${gaps.length} gaps (${seconds} s)`);
process.exitCode = failures + gaps.length === 0 ? 0 : 1;
