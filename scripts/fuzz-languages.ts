/**
 * `node scripts/fuzz-languages.ts [COUNT] [SEED]`: programs of awk and sed made at random are judged by us, and those that
 * `observe` allows are run by every awk and sed of this machine, where they can do no harm. They may only print. Ends with 1
 * where one did more.
 */
import { escapesAmong } from '../test/fixtures/language-fuzz.ts';
import { awkSoup, hidingAwk, hidingSed, mutatedAwk, mutatedSed, sedSoup } from '../test/fixtures/language-texts.ts';

const [count = 1_000_000, firstSeed = 1] = process.argv.slice(2).map(Number);
const batch = 2000;
const sources = [hidingAwk, hidingSed, mutatedAwk, mutatedSed, awkSoup, sedSoup] as const;

let run = 0;
let escaped = 0;
for (let done = 0, seed = firstSeed; done < count; done += batch, seed++) {
  const source = (sources[seed % sources.length] ?? hidingAwk)(seed);
  const outcome = await escapesAmong(Array.from({ length: batch }, () => source.next()));
  run += outcome.run;
  escaped += outcome.escapes.length;
  console.log(`seed ${seed}: ${done + batch} programs, ${run} of them run`);
  for (const { command, deeds } of outcome.escapes) console.log(`${deeds.join(', ')}: ${JSON.stringify(command)}`);
}
process.exitCode = escaped > 0 ? 1 : 0;
