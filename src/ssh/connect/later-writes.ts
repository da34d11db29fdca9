import type { Duplex } from 'node:stream';

/**
 * Has what is written to the stream sent only after the writer has returned.
 *
 * ssh2 encrypts a packet with ChaCha20 in steps, hands on each piece as it goes, and has one nonce for all its
 * connections. Where handing on a piece encrypts it again at once, as on the stream through a jump host, the rest of the
 * packet would be encrypted with the nonce of the other connection: the host would not understand it, and a nonce that
 * serves twice gives away what it hides.
 */
export function writeLater(stream: Duplex): Duplex {
  const write = stream._write.bind(stream);
  stream._write = (chunk, encoding, done) => {
    process.nextTick(() => (stream.destroyed ? done() : write(chunk, encoding, done)));
  };
  return stream;
}
