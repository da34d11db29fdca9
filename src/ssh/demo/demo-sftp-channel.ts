import { once } from 'node:events';
import type { ServerChannel } from 'ssh2';
import { DemoSftp } from './demo-sftp.ts';

/** What OpenSSH takes at most (sftp-common.h). */
const maxPacketBytes = 256 * 1024;
const maxWaitingPackets = 64;

export interface SftpChannel {
  readonly channel: ServerChannel;
  readonly home: string;
  /** Aborts when the channel or its connection is gone. */
  readonly ended: AbortSignal;
}

/** Serves SFTP on a channel, one request after the other. A client that does not read its answers is not read from. */
export function serveSftp({ channel, home, ended }: SftpChannel): void {
  const sftp = new DemoSftp(home);
  let work = Promise.resolve();
  let waiting = 0;
  let received: Buffer = Buffer.alloc(0);

  const answer = async (bytes: Buffer): Promise<void> => {
    if (ended.aborted) return;
    if (!channel.write(await sftp.answer(bytes))) await once(channel, 'drain', { signal: ended });
    waiting -= 1;
    if (waiting < maxWaitingPackets) channel.resume();
  };
  // Whatever cannot be answered, a malformed packet or a channel that is gone, ends the channel.
  const giveUp = (): void => channel.close();

  channel.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    while (received.length >= 4) {
      const length = received.readUInt32BE();
      if (length > maxPacketBytes) return giveUp();
      if (received.length < 4 + length) return;
      const bytes = received.subarray(4, 4 + length);
      received = received.subarray(4 + length);
      waiting += 1;
      work = work.then(() => answer(bytes)).catch(giveUp);
    }
    if (waiting >= maxWaitingPackets) channel.pause();
  });
  channel.on('end', () => {
    void work.then(() => {
      channel.exit(0);
      channel.end();
    });
  });
  ended.addEventListener('abort', () => void work.then(() => sftp[Symbol.asyncDispose]()), { once: true });
}
