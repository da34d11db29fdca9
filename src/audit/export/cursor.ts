import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { replaceFile } from '../../base/atomic-file.ts';
import { hasErrorCode } from '../../base/error-code.ts';
import { parseJson } from '../chain-start.ts';

/** The last record that was delivered. */
const cursor = z.object({ position: z.int().min(0), hash: z.string() });
export type Cursor = Readonly<z.output<typeof cursor>>;

export const atTheBeginning: Cursor = { position: 0, hash: '' };

/** A file that is absent or cannot be made sense of is at the beginning: rather twice than never. */
export async function readCursor(file: string): Promise<Cursor> {
  try {
    return cursor.safeParse(parseJson(await readFile(file, 'utf8'))).data ?? atTheBeginning;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return atTheBeginning;
    throw error;
  }
}

/** Only whoever holds the file's lock. */
export async function writeCursor(file: string, at: Cursor): Promise<void> {
  await replaceFile(file, `${JSON.stringify(at)}\n`);
}
