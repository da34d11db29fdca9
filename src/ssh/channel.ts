import type { ClientChannel } from 'ssh2';
import { GatewayError } from '../base/errors.ts';

/** Output of one of our own short commands. */
export interface ShortOutput {
  readonly stdout: Buffer;
  readonly status: number | null;
}

/** Reads a channel of one of our own commands to its end. What passes the limits ends the channel and is an error. */
export function readAll(
  channel: ClientChannel,
  { maxBytes, timeoutMs }: { readonly maxBytes: number; readonly timeoutMs: number },
): Promise<ShortOutput> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let status: number | null = null;
    const giveUp = (what: string): void => {
      channel.destroy();
      reject(
        new GatewayError('host_unreachable', `The host ${what} to a short command of ours.`, { ran: 'may_have_run' }),
      );
    };
    const timer = setTimeout(() => giveUp('did not answer in time'), timeoutMs);
    channel.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) giveUp('answered without end');
      else chunks.push(chunk);
    });
    channel.stderr.resume();
    channel.on('exit', (code: number | null) => {
      status = code;
    });
    channel.on('error', reject);
    channel.on('close', () => {
      clearTimeout(timer);
      resolve({ stdout: Buffer.concat(chunks), status });
    });
    channel.end();
  });
}
