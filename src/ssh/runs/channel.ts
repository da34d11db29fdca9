import { GatewayError } from '../../base/errors.ts';
import type { CommandChannel } from './command-channel.ts';

/** Output of one of our own short commands. */
export interface ShortOutput {
  readonly stdout: Buffer;
  readonly status: number | null;
}

/** Reads the channel of one of our own commands to its end. What passes the limits ends the channel and is an error. */
export function readAll(
  command: CommandChannel,
  { maxBytes, timeoutMs }: { readonly maxBytes: number; readonly timeoutMs: number },
): Promise<ShortOutput> {
  const channel = command.stream;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
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
    channel.on('error', reject);
    channel.on('close', () => {
      clearTimeout(timer);
      const status = command.exit?.kind === 'exited' ? command.exit.status : null;
      resolve({ stdout: Buffer.concat(chunks), status });
    });
    channel.end();
  });
}
