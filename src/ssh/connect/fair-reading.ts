import type { Duplex } from 'node:stream';

const shareBytes = 64 * 1024;

/**
 * Lets the other connections have their turn after each piece of this one. Otherwise up to 2 MB, 32 reads, are taken
 * from one that floods before anything else is looked at, and every step of a command elsewhere waits for that.
 */
export function readInTurns(stream: Duplex): void {
  let bytes = 0;
  let isWaiting = false;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes < shareBytes || isWaiting) return;
    isWaiting = true;
    stream.pause();
    setImmediate(() => {
      isWaiting = false;
      bytes = 0;
      stream.resume();
    });
  });
}
