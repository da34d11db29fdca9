import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { hasErrorCode } from '../base/error-code.ts';
import { isOursAlone } from '../base/file-modes.ts';

/** A variable and the line of the file that sets it. */
export interface FileVariable {
  readonly value: string;
  readonly line: number;
}

export type DotenvReading =
  | { readonly kind: 'read'; readonly variables: ReadonlyMap<string, FileVariable> }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Reads a `.env`. Refused unless it is a regular file that is ours and that nobody else can write: whoever writes it
 * decides where we listen and which keys we use.
 */
export async function readDotenv(file: string): Promise<DotenvReading> {
  try {
    // Without O_NONBLOCK a named pipe would hold us here.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!isOursAlone(await handle.stat())) {
      return {
        kind: 'refused',
        why: `${file} is not read: it is not ours alone to write. chown it and chmod go-w it.`,
      };
    }
    return { kind: 'read', variables: parseDotenv(await handle.readFile('utf8')) };
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return { kind: 'absent' };
    if (hasErrorCode(error, 'EACCES')) return { kind: 'refused', why: `${file} is not read: no permission` };
    throw error;
  }
}

const assignment = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/;
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** `NAME=value` lines; values bare, in single or in double quotes; `#` begins a comment. Nothing is expanded. */
export function parseDotenv(text: string): ReadonlyMap<string, FileVariable> {
  const variables = new Map<string, FileVariable>();
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const [, name, raw] = assignment.exec(line) ?? [];
    if (name !== undefined && raw !== undefined) variables.set(name, { value: valueOf(raw), line: index + 1 });
  }
  return variables;
}

function valueOf(raw: string): string {
  const single = /^'([^']*)'\s*(?:#.*)?$/.exec(raw)?.[1];
  if (single !== undefined) return single;
  const double = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(raw)?.[1];
  if (double !== undefined) return double.replace(/\\(.)/g, (_all, sign: string) => escapes[sign] ?? sign);
  return raw.replace(/(?:^|\s+)#.*$/, '');
}
