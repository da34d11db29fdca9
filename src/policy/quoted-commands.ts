import { readingOf } from './readings.ts';
import { effectsOf } from './shell/effects.ts';
import { programNamed } from './shell/programs.ts';
import type { ShellReading, Unit } from './shell/unit.ts';

const maxQuoted = 32;
const maxLength = 1_024;

/** Not interpreters, but they run what stands in some of their statements. */
const alsoRunning = /^(?:g?sed|psql|mysql|mariadb|sqlite3)$/;

/**
 * The commands that stand in the code of other languages, as `rm -rf /` does in `awk 'BEGIN{system("rm -rf /")}'`,
 * `vim -c ':!rm -rf /'` or `python3 <<E`. Code can put a command together in any way: only what is spelled out is seen, and
 * it is a reason to refuse and to ask, never one to allow.
 */
export function commandsQuotedBy(unit: Unit): Quoted {
  const found = known.get(unit) ?? readCode(unit);
  known.set(unit, found);
  return found;
}

type Quoted = readonly ShellReading[] | 'too_many';

const known = new WeakMap<Unit, Quoted>();

function readCode(unit: Unit): Quoted {
  const name = effectsOf(unit).args?.program.name ?? '';
  const runsCode = programNamed(name)?.classes.includes('interpreter') === true || alsoRunning.test(name);
  if (!runsCode) return [];
  const codes = [...unit.argv, ...unit.redirects.filter(isGiven).map(({ target }) => target)];
  const texts = new Set<string>();
  for (const { value } of codes) {
    for (const text of commandsIn(value)) texts.add(text);
    if (texts.size > maxQuoted) return 'too_many';
  }
  return [...texts].map(readingOf);
}

function isGiven({ operator }: Unit['redirects'][number]): boolean {
  return operator.startsWith('<<');
}

/** Where a command may begin: in quotes, behind what starts one, and as the words of a list. */
const openings = /["'`!]|%x|\bq[qwx]?(?![\w=-])|\b(?:system|exec|spawn)\b|\.shell\b|(?<=^|[\s\d$/;{}])e(?=\s)/g;
const removals = /\b(?:rmtree|remove_tree|rm_rf?|rmSync|rmdirSync|rimraf\w*)[\s(]+["']([\w./~*-]+)["']/g;

function* commandsIn(code: string): Generator<string> {
  const joined = code.replace(/(["'])\s*,\s*["']/g, ' ');
  for (const [, path] of joined.matchAll(removals)) yield `rm -rf ${path}`;
  for (const { 0: opening, index } of joined.matchAll(openings)) {
    const rest = joined.slice(index + opening.length, index + opening.length + maxLength);
    const text = unescaped(cut(rest, opening)).trim();
    const [first = ''] = /^[\w./+-]+/.exec(text) ?? [];
    if (/^(?:cd|export)$/.test(first) || programNamed(first) !== undefined) yield text;
  }
}

const bracketed = [
  /^\s*\(([^)]*)/,
  /^\s*\{([^}]*)/,
  /^\s*\[([^\]]*)/,
  /^\s*<([^>]*)/,
  /^\s*[!|~#%]([^!|~#%]*)/,
  /^\s*\/([^\n]*)\//,
];

/** As far as the command goes: to the quote that ends it, to a bracket, or to the end of the line. */
function cut(rest: string, opening: string): string {
  switch (opening) {
    case '"':
    case "'":
    case '`':
      return new RegExp(String.raw`^(?:\\[^]|[^\\${opening}])*`).exec(rest)?.[0] ?? '';
    case '%x':
    case 'q':
    case 'qq':
    case 'qw':
    case 'qx':
      return bracketed.map((pair) => pair.exec(rest)?.[1]).find((text) => text !== undefined) ?? '';
    default:
      return /^.*/.exec(rest)?.[0] ?? '';
  }
}

function unescaped(text: string): string {
  return text.replace(/\\(["'`\\/])/g, '$1');
}
