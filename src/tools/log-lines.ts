import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RE2JS } from 're2js';
import { stampOf } from './log-time.ts';

/** A longer line is cut. */
const maxLineCharacters = 4_000;
/** How long others may have to wait for us. */
const maxSliceMs = 10;

export interface LineQuery {
  /** So many lines, the last ones. */
  readonly lines: number;
  readonly pattern: RE2JS | undefined;
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
  /** The host's, where a line does not say its own. */
  readonly zone: string;
  readonly nowMs: number;
}

export interface FoundLines {
  /** In their order. */
  readonly lines: readonly string[];
  /** Nothing before this text can add to it: there are enough, or what comes before is too old. */
  readonly isEnough: boolean;
}

/** The last lines of a text that are asked for. A line without a time is of the time of the one before it. */
export async function lastLines(text: string, query: LineQuery): Promise<FoundLines> {
  const { sinceMs, untilMs, pattern, zone, nowMs } = query;
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const isTimed = sinceMs !== undefined || untilMs !== undefined;
  const found: string[] = [];
  let sliceEnd = performance.now() + maxSliceMs;
  /** Lines without a time, from the last back: the line before them says whether they count. */
  let pending: string[] = [];
  const take = (line: string): boolean => {
    const shown = line.length > maxLineCharacters ? `${line.slice(0, maxLineCharacters)}…` : line;
    if (pattern === undefined || pattern.test(shown)) found.push(shown);
    return found.length >= query.lines;
  };
  for (const line of lines.toReversed()) {
    if (performance.now() > sliceEnd) {
      await nextTurn();
      sliceEnd = performance.now() + maxSliceMs;
    }
    const stamp = isTimed ? stampOf(line, zone, nowMs) : undefined;
    if (isTimed && stamp === undefined) {
      pending.push(line);
      continue;
    }
    if (stamp !== undefined && sinceMs !== undefined && stamp < sinceMs)
      return { lines: found.toReversed(), isEnough: true };
    const isInTime = stamp === undefined || untilMs === undefined || stamp <= untilMs;
    const counting = isInTime ? [...pending, line] : [];
    pending = [];
    for (const one of counting) if (take(one)) return { lines: found.toReversed(), isEnough: true };
  }
  // With no time before them, nobody can say that they are too old; only what is all in the past is left out.
  if (untilMs === undefined)
    for (const one of pending) if (take(one)) return { lines: found.toReversed(), isEnough: true };
  return { lines: found.toReversed(), isEnough: false };
}
