import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { createKeyPair, publicHalf } from '../../src/ssh/keys.ts';
import { generateEd25519 } from '../../src/ssh/openssh-key.ts';
import { runOrThrow } from '../fixtures/run.ts';
import { generateKey } from '../fixtures/ssh-keys.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

describe('a new key pair', () => {
  it('is one that OpenSSH reads, for us alone, and never takes the place of another', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'web_ed25519');
    const line = await createKeyPair(path, 'mcp-server@web');
    expect(line).toMatch(/^ssh-ed25519 AAAAC3\S+ mcp-server@web$/);
    expect((await runOrThrow('ssh-keygen', ['-y', '-f', path])).trim()).toBe(line);
    expect(readFileSync(`${path}.pub`, 'utf8')).toBe(`${line}\n`);
    expect([path, `${path}.pub`].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o644]);
    await expect(createKeyPair(path, 'x')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await publicHalf(path, 'mcp-server@web', undefined)).toEqual({ line });
  });

  it('is well-formed whatever its bytes are: every 256th begins with a zero', () => {
    const data = Buffer.from('to be signed');
    for (let count = 0; count < 600; count += 1) {
      const { privateText } = generateEd25519('x'.repeat(count % 9));
      const key = ssh2.utils.parseKey(privateText);
      if (key instanceof Error || Array.isArray(key)) throw new Error(`key ${count} cannot be read: ${privateText}`);
      expect(key.verify(data, key.sign(data))).toBe(true);
    }
  });
});

describe('the public half of a key', () => {
  it('comes of encrypted keys with their passphrase, and of keys for us alone', async () => {
    using folder = temporaryFolder();
    const { path, publicLine } = await generateKey(join(folder.path, 'key'), 'ed25519', 'secret');
    expect(await publicHalf(path, 'x', new Secret('secret'))).toEqual({ line: `${publicLine} x` });
    expect(await publicHalf(path, 'x', new Secret('other'))).toEqual({ problem: 'passphrase missing or wrong' });
    expect(await publicHalf(path, 'x', undefined)).toEqual({ problem: 'passphrase missing or wrong' });
    chmodSync(path, 0o640);
    expect(await publicHalf(path, 'x', new Secret('secret'))).toEqual({
      problem: `readable by others: chmod 600 ${path}`,
    });
  });
});
