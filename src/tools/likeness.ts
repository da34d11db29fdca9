import { createHash } from 'node:crypto';

/** A longer line is taken as it is. */
const maxLineBytes = 4_096;
/** What follows is taken as it is. */
const maxBytes = 1024 * 1024;

const month = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const day = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const clock = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?`;
const zone = String.raw`(?: ?(?:Z|UTC|GMT|CES?T|[ECMP][SD]T|[+-]\d{2}:?\d{2})(?!\w))?`;
const unit =
  '(?:ns|us|µs|ms|s|sec|secs|seconds?|m|min|mins|minutes?|h|hr|hrs|hours?|d|days?|w|wks?|weeks?|months?|y|years?)';
const group = '[0-9a-fA-F]{1,4}';

/** What differs from host to host and from second to second, and what stands for it. No part of a pattern is unbounded. */
const volatile: readonly (readonly [pattern: RegExp, becomes: string])[] = [
  [new RegExp(String.raw`(?<![\w.])\d{4}[-/]\d{2}[-/]\d{2}(?:[T ]${clock}${zone})?(?!\w)`, 'g'), '<time>'],
  [
    new RegExp(String.raw`(?<!\w)(?:${day},? )?${month} {1,2}\d{1,2}(?: ${clock}${zone})?(?: \d{4})?(?!\w)`, 'g'),
    '<time>',
  ],
  [
    new RegExp(String.raw`(?<!\w)(?:${day},? )?\d{1,2}[ /]${month}[ /]\d{4}(?:[: ]${clock}${zone})?(?!\w)`, 'g'),
    '<time>',
  ],
  [new RegExp(String.raw`(?<![\w.:])${clock}(?: ?[AP]M)?${zone}(?![\w:])`, 'g'), '<time>'],
  [new RegExp(String.raw`(?<![\w.])(?:\d{1,9}(?:\.\d{1,9})? ?${unit}(?![\w])[ ,]{0,2}){1,6}`, 'g'), '<duration>'],
  [new RegExp(String.raw`(?<![\w.])(?:\d{1,6}[hms]){2,4}(?!\w)`, 'g'), '<duration>'],
  [/(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)/g, '<ip>'],
  [new RegExp(String.raw`(?<![\w:])(?:${group}:){7}${group}(?![\w:])`, 'g'), '<ip>'],
  [
    new RegExp(String.raw`(?<![\w:])(?:${group}(?::${group}){0,6})?::(?:${group}(?::${group}){0,6})?(?![\w:])`, 'g'),
    '<ip>',
  ],
  [/[ \t]{2,}/g, ' '],
];

/** The text without what differs from host to host and from second to second. Blanks in a row count as one. */
export function normalised(text: string, hostNames: RegExp | undefined): string {
  const named = hostNames === undefined ? text : text.replace(hostNames, '<host>');
  return volatile.reduce((rest, [pattern, becomes]) => rest.replace(pattern, becomes), named);
}

/** Finds a host's names as words of their own, in any case; undefined where there are none. */
export function hostNamesPattern(names: readonly string[]): RegExp | undefined {
  const found = [...new Set(names)].filter((name) => name.length > 1).toSorted((a, b) => b.length - a.length);
  if (found.length === 0) return undefined;
  return new RegExp(String.raw`(?<![\w-])(?:${found.map((name) => escaped(name)).join('|')})(?![\w-])`, 'gi');
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** A hash of output that arrives in pieces: of its bytes, or, with a way to change its lines, of what they become. */
export class Likeness {
  readonly #hash = createHash('sha256');
  readonly #change: ((line: string) => string) | undefined;
  #line = '';
  #taken = 0;
  #digest: string | undefined;

  constructor(change?: (line: string) => string) {
    this.#change = change;
  }

  /** What comes after the digest was asked for does not count. */
  update(chunk: Buffer): void {
    if (this.#digest !== undefined) return;
    if (this.#change === undefined || this.#taken > maxBytes) {
      this.#flush();
      this.#hash.update(chunk);
      return;
    }
    this.#taken += chunk.length;
    const lines = (this.#line + chunk.toString('latin1')).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#hash.update(`${this.#changed(line)}\n`);
    if (this.#line.length > maxLineBytes) this.#flush();
  }

  digest(): string {
    if (this.#digest === undefined) this.#flush();
    return (this.#digest ??= this.#hash.digest('hex'));
  }

  #flush(): void {
    if (this.#line !== '') this.#hash.update(this.#changed(this.#line));
    this.#line = '';
  }

  #changed(line: string): string {
    return this.#change === undefined || line.length > maxLineBytes ? line : this.#change(line);
  }
}
