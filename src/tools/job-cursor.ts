import { z } from 'zod';
import type { StreamBytes } from '../jobs/job.ts';

/** Where a caller has read to in both streams, as `stdout.stderr` in bytes. */
export const jobCursor = z
  .string({ error: 'must be text' })
  .transform((text, context): StreamBytes => {
    const [, stdout, stderr] = /^(\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
    if (stdout !== undefined && stderr !== undefined) return { stdout: Number(stdout), stderr: Number(stderr) };
    context.issues.push({ code: 'custom', message: 'is not a cursor of an earlier answer', input: text });
    return z.NEVER;
  })
  .optional();

export function cursorText({ stdout, stderr }: StreamBytes): string {
  return `${stdout}.${stderr}`;
}
