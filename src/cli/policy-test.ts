import { readFile } from 'node:fs/promises';
import { GatewayError } from '../base/errors.ts';
import { isGoodEnough, readCorpus, scoreCorpus, type CorpusScore } from '../policy/rules/corpus.ts';
import { Failed } from './exit-code.ts';
import { createScreen } from './screen.ts';

const tests = {
  t1: 'nothing is allowed that should not be',
  t2: 'every program of what is allowed is known',
  t3: 'what should be allowed is',
  t4: 'every decision is the one expected',
} as const;

/** Scores the built-in profiles on a corpus; fails below what is wanted of them. */
export async function policyTest(file: string, options: { readonly json?: boolean }): Promise<void> {
  const screen = createScreen(options);
  const { lines, bad } = readCorpus(await textOf(file));
  const [first] = bad;
  if (first !== undefined) throw new GatewayError('invalid_input', `${file}:${first.line}:1: ${first.what}`);
  const score = scoreCorpus(lines);
  screen.show({
    text: [
      `${score.total} commands`,
      ...lineOf('t1', score),
      ...lineOf('t2', score),
      ...lineOf('t3', score),
      ...lineOf('t4', score),
    ],
    json: score,
  });
  if (!isGoodEnough(score)) throw new Failed('the corpus is not passed');
}

function lineOf(test: keyof typeof tests, score: CorpusScore): readonly string[] {
  const { passed, total, failed } = score[test];
  const share = total === 0 ? '100.0' : ((100 * passed) / total).toFixed(1);
  return [
    `${test.toUpperCase()}  ${share} %  ${passed} of ${total}  ${tests[test]}`,
    ...failed.map((id) => `    ${id}`),
  ];
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new GatewayError('invalid_input', `${file} cannot be read`, { cause });
  }
}
