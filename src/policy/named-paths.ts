import { readingOf } from './readings.ts';
import { placesIn, type Places } from './shell/places.ts';
import type { Unit, Word } from './shell/unit.ts';

const maxPaths = 2_048;

/**
 * The paths that the words of a command may stand for, as far as its text says: absolute, or from a home directory on, where
 * commands start. Also what stands in a word behind `=`, `:`, `,` or `@`. Patterns stay patterns.
 */
export function pathsNamed(command: string): readonly string[] | 'too_many' {
  const reading = readingOf(command);
  if (reading.kind === 'unreadable') return [];
  const places = placesIn(reading);
  const paths = new Set<string>();
  for (const unit of reading.units) {
    for (const word of wordsOf(unit)) {
      for (const path of pathsIn(word, places)) paths.add(path);
      if (paths.size > maxPaths) return 'too_many';
    }
  }
  return [...paths];
}

function wordsOf({ program, argv, redirects, env }: Unit): readonly Word[] {
  const words = [...argv, ...redirects.map(({ target }) => target), ...env.map(({ value }) => value)];
  return program.value.includes('/') ? [program, ...words] : words;
}

function pathsIn(word: Word, places: Places): readonly string[] {
  const parts = word.kind === 'static' ? word.value.split(/[=:,@]/).slice(1) : [];
  const inner = parts.filter((part) => /^[/~]/.test(part)).map((value): Word => ({ ...word, value }));
  return [word, ...inner].flatMap((one) => places.pathsOf(one)).map(fromHome);
}

function fromHome(path: string): string {
  return /^[/~]/.test(path) ? path : `~/${path}`;
}
