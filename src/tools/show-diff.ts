const maxBytes = 16 * 1024;
const contextLines = 3;
/** More differing lines are not searched for the shortest way from one to the other. */
const maxEditLength = 4_000;
const maxMs = 300;

export interface ShownDiff {
  readonly diff: string;
  readonly truncated: boolean;
}

interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly lines: readonly string[];
}

/** The unified diff of two texts, cut after so many whole lines as an answer holds. */
export async function showDiff(before: string, after: string): Promise<ShownDiff> {
  if (before === after) return { diff: '', truncated: false };
  // Loaded late: most starts never edit.
  const { structuredPatch } = await import('diff');
  const options = { context: contextLines, maxEditLength, timeout: maxMs };
  const patch = structuredPatch('', '', before, after, undefined, undefined, options);
  const lines = (patch?.hunks ?? [coarseHunk(before, after)]).flatMap(linesOf);
  const shown: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > maxBytes) break;
    shown.push(`${line}\n`);
  }
  return { diff: shown.join(''), truncated: shown.length < lines.length };
}

/** An empty side stands for the place after the line before it. */
function linesOf({ oldStart, oldLines, newStart, newLines, lines }: Hunk): readonly string[] {
  const place = (start: number, count: number): string => `${count === 0 ? start - 1 : start},${count}`;
  return [`@@ -${place(oldStart, oldLines)} +${place(newStart, newLines)} @@`, ...lines];
}

/** Everything from the first line that differs to the last, for texts that have too little in common. */
function coarseHunk(before: string, after: string): Hunk {
  const [old, now] = [splitLines(before), splitLines(after)];
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const start = Math.max(0, head - contextLines);
  const [removed, added] = [old.slice(head, old.length - tail), now.slice(head, now.length - tail)];
  const above = old.slice(start, head);
  const below = old.slice(old.length - tail, old.length - tail + contextLines);
  const around = above.length + below.length;
  return {
    oldStart: start + 1,
    oldLines: around + removed.length,
    newStart: start + 1,
    newLines: around + added.length,
    lines: [...marked(' ', above), ...marked('-', removed), ...marked('+', added), ...marked(' ', below)],
  };
}

function splitLines(text: string): readonly string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

function marked(mark: string, lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) =>
    line.endsWith('\n') ? [mark + line.slice(0, -1)] : [mark + line, String.raw`\ No newline at end of file`],
  );
}
