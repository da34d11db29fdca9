import type { ServerChannel, Session as SessionChannel } from 'ssh2';

/*
 * Two faults of ssh2's server half, mended from outside. The version is pinned; the tests of the demo server fail when
 * these names mean something else.
 */

/**
 * After a channel waited for its window, ssh2 keeps the chunk that waited, and sends it once more when the channel's
 * other stream waits. Call this when a write is done; no two writes may be under way on one channel.
 */
export function forgetSentChunks(channel: ServerChannel): void {
  for (const name of ['_chunk', '_chunkcb', '_chunkErr', '_chunkcbErr']) Reflect.set(channel, name, undefined);
}

/** ssh2 refuses every request after the client's EOF; but a client that closed stdin may still send signals (RFC 4254, 5.3). */
export function takeRequestsAfterEof(sessionChannel: SessionChannel): void {
  sessionChannel.on('eof', () => Reflect.set(sessionChannel, '_ending', false));
}
