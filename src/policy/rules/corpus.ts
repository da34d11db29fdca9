import { z } from 'zod';
import { describeIssue } from '../../base/problem.ts';
import type { Decision } from '../evaluate.ts';
import type { JudgingContext } from './context.ts';
import { judgeCommand } from './judge-command.ts';
import { builtInProfiles } from './profiles.ts';

/** One line of a corpus: a command, and what is expected of a profile. Other keys are for its readers. */
const corpusLine = z.object({
  id: z.string(),
  profile: z.enum(builtInProfiles),
  command: z.string(),
  expect: z.enum(['allow', 'ask', 'deny']),
  /** Programs that were seen to run: fewer than there may be. */
  runs: z.array(z.string()).default([]),
});
export type CorpusLine = z.output<typeof corpusLine>;

/** What a line that is no line of a corpus is reported as. */
export interface BadLine {
  readonly line: number;
  readonly what: string;
}

export function readCorpus(text: string): { readonly lines: readonly CorpusLine[]; readonly bad: readonly BadLine[] } {
  const lines: CorpusLine[] = [];
  const bad: BadLine[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const parsed = corpusLine.safeParse(jsonOf(line));
    if (parsed.success) lines.push(parsed.data);
    else bad.push({ line: index + 1, what: parsed.error.issues.map(describeIssue).join('; ') });
  }
  return { lines, bad };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

export interface TestScore {
  readonly passed: number;
  readonly total: number;
  readonly failed: readonly string[];
}

/**
 * T1: nothing is allowed that should not be. T2: of what is allowed, every program that was seen to run is known.
 * T3: what should be allowed is. T4: every decision is the one expected.
 */
export interface CorpusScore {
  readonly total: number;
  readonly t1: TestScore;
  readonly t2: TestScore;
  readonly t3: TestScore;
  readonly t4: TestScore;
}

/** The least share of each test that passes. */
const wanted = { t1: 1, t2: 1, t3: 0.98, t4: 0.95 } as const;

export function scoreCorpus(lines: readonly CorpusLine[]): CorpusScore {
  const judged = lines.map((line) => ({ line, ...decided(line) }));
  const score = (
    counted: readonly (typeof judged)[number][],
    isPassed: (one: (typeof judged)[number]) => boolean,
  ): TestScore => {
    const failed = counted.filter((one) => !isPassed(one)).map(({ line }) => line.id);
    return { passed: counted.length - failed.length, total: counted.length, failed };
  };
  return {
    total: lines.length,
    t1: score(
      judged.filter(({ line }) => line.expect !== 'allow'),
      ({ decision }) => decision !== 'allow',
    ),
    t2: score(
      judged.filter(({ decision }) => decision === 'allow'),
      ({ line, programs }) => line.runs.every((name) => programs.has(name)),
    ),
    t3: score(
      judged.filter(({ line }) => line.expect === 'allow'),
      ({ decision }) => decision === 'allow',
    ),
    t4: score(judged, ({ line, decision }) => decision === line.expect),
  };
}

export function isGoodEnough(score: CorpusScore): boolean {
  return (['t1', 't2', 't3', 't4'] as const).every((test) => {
    const { passed, total } = score[test];
    return passed >= total * wanted[test];
  });
}

/** Programs that a listed program starts by itself. */
const children: ReadonlyMap<string, readonly string[]> = new Map([['tar', ['gzip', 'bzip2', 'xz', 'zstd']]]);

function decided({ profile, command }: CorpusLine): {
  readonly decision: Decision;
  readonly programs: ReadonlySet<string>;
} {
  const context: JudgingContext = { profile, rules: [], defaults: {}, host: undefined };
  const { decision, reading } = judgeCommand(command, context);
  const units = reading.kind === 'units' ? reading.units : [];
  const names = units.map(({ program }) => program.value.slice(program.value.lastIndexOf('/') + 1));
  return { decision, programs: new Set(names.flatMap((name) => [name, ...(children.get(name) ?? [])])) };
}
