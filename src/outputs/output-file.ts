import { constants } from 'node:fs';
import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hasErrorCode } from '../base/error-code.ts';
import type { StreamName } from './spool.ts';

const idPattern = /^out_[0-9a-f]{32}$/;

/** Ids name directories: what does not look like one of ours never becomes a path. */
export function isOutputId(text: string): boolean {
  return idPattern.test(text);
}

/** What is written beside the streams when an output is complete. */
export const outputFactsSchema = z.object({
  /** A principal's id. */
  owner: z.string(),
  /** Bytes the command wrote, which may be more than were kept. */
  bytes: z.object({ stdout: z.int().min(0), stderr: z.int().min(0) }),
});
export type OutputFacts = z.output<typeof outputFactsSchema>;

export const factsFile = 'output.json';

/** Undefined for an output that is absent, incomplete or unreadable. */
export async function readFacts(directory: string): Promise<(OutputFacts & { readonly at: number }) | undefined> {
  try {
    const path = join(directory, factsFile);
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { ...outputFactsSchema.parse(JSON.parse(text)), at: mtimeMs };
  } catch (error) {
    if (isAbsent(error) || error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** The caller closes it. Undefined when retention was faster. */
export async function openStream(directory: string, stream: StreamName): Promise<FileHandle | undefined> {
  try {
    return await open(join(directory, stream), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

export function isAbsent(error: unknown): boolean {
  return hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR');
}
