import { createSecretKey } from 'node:crypto';
import type { Client } from 'ssh2';

/** The fields of ssh2's AES-GCM halves. The other ciphers have them not, or under other names. */
const keyFields = { _cipher: '_encKey', _decipher: '_decipherKey' } as const;

/**
 * Gives ssh2 its AES-GCM keys as key objects, whenever new keys are agreed on.
 *
 * ssh2 makes a new cipher for each packet. A key that is bytes costs Node more then than to encrypt the packet: it
 * first takes the bytes for a key object, twice, and each time throws. A test fails when ssh2 has these fields no longer.
 */
export function useKeyObjects(client: Client): void {
  client.on('handshake', () => {
    const protocol: unknown = Reflect.get(client, '_protocol');
    for (const [half, field] of Object.entries(keyFields)) {
      const cipher = isObject(protocol) ? Reflect.get(protocol, half) : undefined;
      const key: unknown = isObject(cipher) ? Reflect.get(cipher, field) : undefined;
      if (isObject(cipher) && Buffer.isBuffer(key)) Reflect.set(cipher, field, createSecretKey(key));
    }
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
