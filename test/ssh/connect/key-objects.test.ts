import { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import ssh2, { type CipherAlgorithm, type Client } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useKeyObjects } from '../../../src/ssh/connect/key-objects.ts';
import { exec } from '../../fixtures/demo.ts';
import { startSshd, type Sshd } from '../../fixtures/sshd.ts';

/** Its server goes only then: one that breaks off is nobody's error any more. */
async function leave(client: Client): Promise<void> {
  const closed = once(client, 'close');
  client.end();
  await closed;
}

/** The keys that ssh2 makes a cipher of for each packet. */
function keysOf(client: Client): readonly unknown[] {
  const inside = (object: unknown, name: string): unknown =>
    object instanceof Object ? Reflect.get(object, name) : null;
  const protocol = inside(client, '_protocol');
  return [inside(inside(protocol, '_cipher'), '_encKey'), inside(inside(protocol, '_decipher'), '_decipherKey')];
}

describe('the keys of a connection', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ config: ['RekeyLimit 1M'] });
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  async function login(cipher: CipherAlgorithm): Promise<Client> {
    const client = new ssh2.Client();
    useKeyObjects(client);
    client.connect({
      host: sshd.address,
      port: sshd.port,
      username: sshd.user,
      privateKey: readFileSync(sshd.keyPath),
      algorithms: { cipher: [cipher] },
    });
    await once(client, 'ready');
    return client;
  }

  it.each<CipherAlgorithm>(['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'])(
    'are key objects with %s, also once new ones were agreed on',
    async (cipher) => {
      const client = await login(cipher);
      const first = keysOf(client);
      expect(first).toEqual([expect.any(KeyObject), expect.any(KeyObject)]);
      const agreed = once(client, 'handshake');
      expect(await text(await exec(client, 'head -c 3000000 /dev/zero | tr "\\0" x'))).toHaveLength(3_000_000);
      await agreed;
      expect(keysOf(client)).toEqual([expect.any(KeyObject), expect.any(KeyObject)]);
      expect(keysOf(client)[0]).not.toBe(first[0]);
      expect(await text(await exec(client, 'echo after'))).toBe('after\n');
      await leave(client);
    },
  );

  it.each<CipherAlgorithm>(['chacha20-poly1305@openssh.com', 'aes256-ctr'])(
    'are left alone with %s',
    async (cipher) => {
      const client = await login(cipher);
      expect(keysOf(client).filter((key) => key instanceof KeyObject)).toEqual([]);
      expect(await text(await exec(client, 'echo as before'))).toBe('as before\n');
      await leave(client);
    },
  );
});
