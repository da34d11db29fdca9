/**
 * `node scripts/fuzz-policy.ts [COUNT] [SEED]`: texts made at random are read by us and run by bash, harmlessly. What bash
 * would have started must be among the programs that we read, and so it must where a form of ours runs in place of the
 * text. Ends with 1 at the first text where it is not.
 */
import { programsMissed, programsMissedInForms } from '../test/fixtures/shell-fuzz.ts';
import { brokenTexts, everydayTexts, grammaticalTexts, tokenSoup } from '../test/fixtures/shell-texts.ts';

const [count = 1_000_000, firstSeed = 1] = process.argv.slice(2).map(Number);
const batch = 2000;
const sources = [tokenSoup, grammaticalTexts, brokenTexts, everydayTexts] as const;

let compared = 0;
let forms = 0;
for (let done = 0, seed = firstSeed; done < count; done += batch, seed++) {
  const source = (sources[seed % sources.length] ?? tokenSoup)(seed);
  const texts = Array.from({ length: batch }, () => source.next());
  const ofTexts = await programsMissed(texts);
  const ofForms = await programsMissedInForms(texts);
  compared += ofTexts.compared;
  forms += ofForms.compared;
  console.log(`seed ${seed}: ${done + batch} texts, ${compared} of them and ${forms} forms compared`);
  const escapes = [...ofTexts.escapes, ...ofForms.escapes];
  for (const { text, missed } of escapes) console.log(`bash would start ${missed.join(', ')}: ${JSON.stringify(text)}`);
  if (escapes.length > 0) process.exit(1);
}
