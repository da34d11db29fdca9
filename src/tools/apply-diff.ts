import { GatewayError } from '../base/errors.ts';

const maxHunks = 500;
const header = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@/;

interface Hunk {
  /** Counted from one; with no old lines, the line that the new ones follow. */
  readonly start: number;
  /** What must be there, each with its end of line. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * The text after a unified diff of one file.
 *
 * Every line that is removed or stands beside it must be in the text exactly. A hunk that is not where its line number says
 * is taken for the only place where it fits. Throws `conflict` where it fits nowhere, `invalid_input` where it fits in
 * several places, or is no diff. The names of the file in it are not looked at.
 */
export function applyDiff(text: string, diff: string): string {
  const lines = text === '' ? [] : text.split(/(?<=\n)/);
  const edited: string[] = [];
  let taken = 0;
  let drift = 0;
  for (const [index, hunk] of hunksOf(diff).entries()) {
    const at = placeOf(hunk, { lines, from: taken, drift, number: index + 1 });
    drift = at - expected(hunk);
    edited.push(...lines.slice(taken, at), ...hunk.after);
    taken = at + hunk.before.length;
  }
  return [...edited, ...lines.slice(taken)].join('');
}

interface Search {
  readonly lines: readonly string[];
  /** What the hunks before have left. */
  readonly from: number;
  /** How much further down than they said the hunks before were. */
  readonly drift: number;
  readonly number: number;
}

function placeOf(hunk: Hunk, { lines, from, drift, number }: Search): number {
  const { before } = hunk;
  const fits = (at: number): boolean =>
    at >= from && at + before.length <= lines.length && before.every((line, n) => lines[at + n] === line);
  const at = expected(hunk) + drift;
  if (fits(at)) return at;
  const others: number[] = [];
  for (let place = from; before.length > 0 && place < lines.length && others.length < 2; place += 1) {
    if (fits(place)) others.push(place);
  }
  const [only] = others;
  if (only === undefined) {
    const message = `Hunk ${number} of the diff does not fit: its lines are not in the file. Nothing was changed. Read the file again.`;
    throw new GatewayError('conflict', message);
  }
  if (others.length > 1) {
    throw invalid(`Hunk ${number} of the diff fits in several places, and not where its line number says`);
  }
  return only;
}

function expected({ start, before }: Hunk): number {
  return before.length === 0 ? start : start - 1;
}

function hunksOf(diff: string): readonly Hunk[] {
  const lines = diff.replace(/\n$/, '').split('\n');
  const hunks: Hunk[] = [];
  let files = 0;
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    const numbers = header.exec(line);
    if (numbers) {
      const { hunk, end } = hunkOf(numbers, lines, at + 1);
      hunks.push(hunk);
      at = end;
      continue;
    }
    if (/^[-+ ](?!--|\+\+)/.test(line)) throw invalid('A line of the diff is in no hunk');
    if (line.startsWith('--- ')) files += 1;
    if (files > 1) throw invalid('The diff is of several files');
    at += 1;
  }
  if (hunks.length === 0) throw invalid('The diff has no hunk that begins with @@ -line,count +line,count @@');
  if (hunks.length > maxHunks) throw invalid(`The diff has more than ${maxHunks} hunks`);
  return hunks;
}

/** As many lines as its head counts: a diff that was cut off must not be taken for a whole one. */
function hunkOf(head: RegExpExecArray, lines: readonly string[], from: number): { hunk: Hunk; end: number } {
  const [, start = '1', oldCount = '1', newCount = '1'] = head;
  let [oldLeft, newLeft] = [Number(oldCount), Number(newCount)];
  const before: string[] = [];
  const after: string[] = [];
  let at = from;
  const next = (): boolean => oldLeft > 0 || newLeft > 0 || lines[at]?.startsWith('\\') === true;
  for (let kind = ''; next(); at += 1) {
    const line = lines[at];
    if (line === undefined) throw invalid('A hunk of the diff has fewer lines than its head counts');
    if (line.startsWith('\\')) {
      withoutEnd(kind, before, after);
      continue;
    }
    // Many a client takes the blank off an empty line.
    kind = line === '' ? ' ' : line.charAt(0);
    if (kind !== ' ' && kind !== '-' && kind !== '+')
      throw invalid('A line in a hunk begins with none of blank, - and +');
    const text = `${line.slice(1)}\n`;
    if (kind !== '+') before.push(text);
    if (kind !== '-') after.push(text);
    if (kind !== '+') oldLeft -= 1;
    if (kind !== '-') newLeft -= 1;
    if (oldLeft < 0 || newLeft < 0) throw invalid('A hunk of the diff has more lines than its head counts');
  }
  return { hunk: { start: Number(start), before, after }, end: at };
}

/** `\ No newline at end of file`: of the line before it. */
function withoutEnd(kind: string, before: string[], after: string[]): void {
  for (const side of [...(kind === '+' ? [] : [before]), ...(kind === '-' ? [] : [after])]) {
    const last = side.pop();
    if (last !== undefined) side.push(last.replace(/\n$/, ''));
  }
}

function invalid(what: string): GatewayError {
  return new GatewayError('invalid_input', `${what}. Nothing was changed.`);
}
