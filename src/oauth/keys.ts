import { randomBytes, subtle } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { replaceFile } from '../base/atomic-file.ts';
import { hasErrorCode } from '../base/error-code.ts';
import { withFileLock } from '../base/file-lock.ts';
import { configInvalid } from '../base/problem.ts';

const stored = z.object({ cookieKeys: z.array(z.string().min(32)).min(1), jwk: z.looseObject({ kty: z.string() }) });

/** What the authorization server signs cookies and documents with. */
export type OAuthKeys = z.output<typeof stored>;

/** The keys of the file, made with mode 0600 where there is none: several processes that start at once get the same. */
export async function openKeys(file: string): Promise<OAuthKeys> {
  return (
    (await readKeys(file)) ?? (await withFileLock(file, async () => (await readKeys(file)) ?? (await makeKeys(file))))
  );
}

async function readKeys(file: string): Promise<OAuthKeys | undefined> {
  try {
    const { data } = stored.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (data) return data;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw configInvalid([
    `${file}: not the keys of the authorization server. Remove it: others are made at the next start.`,
  ]);
}

async function makeKeys(file: string): Promise<OAuthKeys> {
  const { privateKey } = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const { key_ops: _keyOps, ext: _ext, ...jwk } = await subtle.exportKey('jwk', privateKey);
  const keys = {
    cookieKeys: [randomBytes(32).toString('base64url')],
    jwk: { ...jwk, kty: 'EC', use: 'sig', alg: 'ES256', kid: randomBytes(8).toString('hex') },
  };
  await replaceFile(file, `${JSON.stringify(keys)}\n`);
  return keys;
}
