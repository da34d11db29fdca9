import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { z } from 'zod';
import { GatewayError } from '../../base/errors.ts';

export const manifestName = 'manifest.json';

const manifest = z.object({
  format: z.literal(1),
  version: z.string(),
  made_at: z.string(),
  files: z.array(
    z.object({
      place: z.enum(['config', 'keys', 'data']),
      path: z.string().refine(staysInside, { error: 'leads out of the backup' }),
      bytes: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      mode: z.int().min(0).max(0o777),
    }),
  ),
});
export type Manifest = Readonly<z.output<typeof manifest>>;
export type ManifestFile = Manifest['files'][number];

/** Whoever gets hold of a backup could otherwise have a restore write anywhere. */
function staysInside(path: string): boolean {
  return (
    path !== '' && !path.includes('\0') && !isAbsolute(path) && normalize(path) === path && !/^\.\.(?:\/|$)/.test(path)
  );
}

/** Lower-case hex. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

/** The manifest of a backup whose every file is as it was written. */
export async function verifiedManifest(directory: string): Promise<Manifest> {
  const text = await readFile(join(directory, manifestName), 'utf8').catch(() => undefined);
  if (text === undefined) throw bad(`${directory} is no backup: it has no ${manifestName}`);
  const { data, error } = manifest.safeParse(parsed(text));
  if (data === undefined)
    throw bad(`${join(directory, manifestName)}: ${error.issues[0]?.message ?? 'cannot be read'}`);
  for (const { place, path, sha256 } of data.files) {
    const found = await sha256Of(join(directory, place, path)).catch(() => undefined);
    if (found === sha256) continue;
    throw bad(`${place}/${path} ${found === undefined ? 'is missing from' : 'is not as it was written in'} the backup`);
  }
  return data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function bad(what: string): GatewayError {
  return new GatewayError('invalid_input', `${what}. Nothing was changed.`);
}
