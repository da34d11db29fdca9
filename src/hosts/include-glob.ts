import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrorCode } from '../base/error-code.ts';

export interface IncludedFiles {
  /** In the order of their names. */
  readonly files: readonly string[];
  /** Everything on whose presence or content that depends: directories, and files that may yet come. */
  readonly inputs: readonly string[];
}

const unreachable = ['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'];

/** The files that an absolute glob(7) pattern matches: `*`, `?` and sets, no braces; a leading dot is matched by a dot only. */
export function globFiles(pattern: string): IncludedFiles {
  const inputs: string[] = [];
  let paths: readonly string[] = ['/'];
  for (const segment of pattern.split('/').filter(Boolean)) {
    if (/[*?[\\]/.test(segment)) {
      const matcher = parseSegment(segment);
      inputs.push(...paths);
      paths = paths.flatMap((path) =>
        namesIn(path)
          .filter(matcher)
          .map((name) => join(path, name)),
      );
    } else {
      paths = paths.map((path) => join(path, segment));
    }
  }
  const files = paths.filter((path) => isFile(path));
  return { files: files.toSorted(), inputs: [...inputs, ...paths] };
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch (error) {
    if (unreachable.some((code) => hasErrorCode(error, code))) return false;
    throw error;
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (unreachable.some((code) => hasErrorCode(error, code))) return [];
    throw error;
  }
}

/** What one place of a pattern accepts; `*` any run of characters. */
type Piece = '*' | ((char: string) => boolean);

function parseSegment(segment: string): (name: string) => boolean {
  const pieces = [...segment.matchAll(/\\(.)|\[(!|\^)?(\]?[^\]]*)\]|(.)/gsu)].map(
    ([, escaped, negation, set, char]): Piece => {
      if (set !== undefined) return (other) => isInSet(other, set) === (negation === undefined);
      if (char === '*') return '*';
      if (char === '?') return () => true;
      return (other) => other === (escaped ?? char);
    },
  );
  return (name) => (segment.startsWith('.') || !name.startsWith('.')) && matches(Array.from(name), pieces);
}

function isInSet(char: string, set: string): boolean {
  return [...set.matchAll(/(.)-(.)|(.)/gsu)].some(([, first = '', last = '', only]) =>
    only === undefined ? first <= char && char <= last : only === char,
  );
}

/** With one place to go back to, so that no pattern takes exponential time. */
function matches(name: readonly string[], pieces: readonly Piece[]): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    const piece = pieces[next];
    if (piece === '*') {
      star = next;
      resume = at;
      next += 1;
    } else if (piece?.(name[at] ?? '')) {
      at += 1;
      next += 1;
    } else if (star !== -1) {
      resume += 1;
      at = resume;
      next = star + 1;
    } else return false;
  }
  return pieces.slice(next).every((piece) => piece === '*');
}
