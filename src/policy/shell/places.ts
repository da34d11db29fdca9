import { posix } from 'node:path';
import { matchesGlob } from '../../base/glob.ts';
import { effectsOf } from './effects.ts';
import type { Assignment, Piece, ShellReading, Unit, Word } from './unit.ts';

/** Which paths words may stand for: by the directories that the text changes to, and the variables that it sets. */
export interface Places {
  /** Absolute paths, or such as begin with `~`; patterns stay patterns. None where the word is not known. */
  pathsOf(word: Word): readonly string[];
}

const maxValues = 16;
const maxPathLength = 4096;

type Readable = Extract<ShellReading, { kind: 'units' }>;

export function placesIn(reading: Readable): Places {
  const values = new Values(variablesIn(reading));
  // Where a login begins is not known; it is not looked at as anybody's home.
  let directories: readonly string[] = ['.'];
  for (const unit of reading.units) {
    const target = directoryOf(unit);
    if (target !== undefined) {
      const added = values.of(target).flatMap((text) => directories.map((from) => resolve(from, text)));
      directories = [...new Set([...directories, ...added])].slice(0, maxValues);
    }
  }
  return {
    pathsOf: (word) => values.of(word).flatMap((text) => directories.map((from) => resolve(from, text))),
  };
}

/** The system directory, or home, that a word stands for as a whole or with all that it holds; undefined if none. */
export function systemRootIn(word: Word, places: Places): string | undefined {
  return places.pathsOf(word).find(isSystemRoot);
}

const topLevel = 'bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys usr var';
const secondLevel = 'usr/bin usr/lib usr/lib64 usr/sbin usr/share usr/local var/lib var/log var/spool';
const systemRoots = ['', ...topLevel.split(' '), ...secondLevel.split(' ')].map((path) => `/${path}`);

function isSystemRoot(path: string): boolean {
  const whole = path.replace(/(?:\/(?:\*|\.\*|\.\[!\.\]\*|\.\?\?\*))+$/, '') || '/';
  if (/^~[\w.-]*$/.test(whole) || /^\/home\/[^/]+$/.test(whole)) return true;
  // A wider pattern than the word is: what it might take is what counts.
  const pattern = whole.replace(/\[[^\]/]*\]|\?/g, '*');
  return systemRoots.some((root) => depthOf(root) === depthOf(pattern) && matchesGlob(pattern, root));
}

function depthOf(path: string): number {
  return path.split('/').length;
}

function resolve(from: string, path: string): string {
  const whole = /^[~/]/.test(path) ? path : posix.join(from, path);
  return posix.normalize(whole).replace(/(?<=.)\/$/s, '');
}

function directoryOf(unit: Unit): Word | undefined {
  const { program, argv } = unit;
  const name = program.value;
  // Of `env` and `sudo`: what they run begins there.
  if (name !== 'cd' && name !== 'pushd')
    return effectsOf(unit).args?.options.find((option) => option.name === '--chdir')?.value;
  return argv.find(({ value }) => !value.startsWith('-'));
}

type Variables = ReadonlyMap<string, readonly Word[]>;

/** What the text sets each variable to; not those that are set in a way that cannot be known. */
function variablesIn({ units, loops }: Readable): Variables {
  const variables = new Map<string, Word[]>([['HOME', [{ kind: 'static', value: '~', span: [0, 0], tilde: true }]]]);
  const add = (name: string, words: readonly Word[]): void => {
    const known = variables.get(name);
    if (known === undefined) variables.set(name, [...words]);
    else known.push(...words);
  };
  for (const unit of units) for (const { name, value } of unit.env) add(name, [value]);
  for (const unit of units) for (const { name, value } of declaredIn(unit)) add(name, [value]);
  for (const { name, words } of loops) add(name, words ?? []);
  return variables;
}

const declaring: ReadonlySet<string> = new Set(['export', 'declare', 'typeset', 'local', 'readonly']);

function declaredIn({ program, argv }: Unit): readonly Assignment[] {
  if (!declaring.has(program.value)) return [];
  return argv.flatMap((word) => {
    const [, name, value] = /^(\w+)=([^]*)$/.exec(word.value) ?? [];
    return word.kind === 'static' && name !== undefined ? [{ name, value: { ...word, value: value ?? '' } }] : [];
  });
}

/**
 * The texts that words may come to, as far as the text says. None where a part is not known, or depends on itself.
 */
class Values {
  readonly #variables: Variables;
  readonly #known = new Map<string, readonly string[]>();

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  of(word: Word): readonly string[] {
    if (word.kind === 'static') return [word.value];
    if (word.pieces === undefined) return word.kind === 'glob' ? [word.value] : [];
    let texts: readonly string[] = [''];
    for (const piece of word.pieces) {
      const parts = this.#ofPiece(piece);
      texts = texts.flatMap((text) => parts.map((part) => text + part)).slice(0, maxValues);
    }
    return texts.filter(({ length }) => length <= maxPathLength);
  }

  #ofPiece(piece: Piece): readonly string[] {
    switch (piece.kind) {
      case 'text':
      case 'glob':
        return [piece.text];
      case 'variable':
        return this.#ofVariable(piece.name);
      case 'expansion':
        return [];
    }
  }

  #ofVariable(name: string): readonly string[] {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    this.#known.set(name, []);
    const texts = (this.#variables.get(name) ?? []).flatMap((word) => this.of(word)).slice(0, maxValues);
    this.#known.set(name, texts);
    return texts;
  }
}
