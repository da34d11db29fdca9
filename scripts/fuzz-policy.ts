/**
 * `node scripts/fuzz-policy.ts [COUNT] [SEED]`: texts made at random are read by us and run by bash, harmlessly. What bash
 * would have started must be among the programs that we read. Ends with 1 at the first text where it is not.
 */
import { programsMissed } from '../test/fixtures/shell-fuzz.ts';
import { grammaticalTexts, tokenSoup } from '../test/fixtures/shell-texts.ts';

const [count = 1_000_000, firstSeed = 1] = process.argv.slice(2).map(Number);
const batch = 2000;

let compared = 0;
for (let done = 0, seed = firstSeed; done < count; done += batch, seed++) {
  const source = seed % 2 === 0 ? tokenSoup(seed) : grammaticalTexts(seed);
  const outcome = await programsMissed(Array.from({ length: batch }, () => source.next()));
  compared += outcome.compared;
  console.log(`seed ${seed}: ${done + batch} texts, ${compared} of them compared`);
  for (const { text, missed } of outcome.escapes)
    console.log(`bash would start ${missed.join(', ')}: ${JSON.stringify(text)}`);
  if (outcome.escapes.length > 0) process.exit(1);
}
