import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { z } from 'zod';
import { hashRecord } from '../../../src/audit/chain.ts';

const line = z.object({
  position: z.int(),
  chain: z.string(),
  seq: z.int(),
  previous: z.string(),
  hash: z.string(),
  record: z.unknown(),
});
export type ExportedLine = z.output<typeof line>;

/** Reads a line, and checks its hash: the record stands in it as it was hashed. */
export function readLine(text: string): ExportedLine {
  const read = line.parse(JSON.parse(text));
  const body = text.slice(text.indexOf('"record":') + '"record":'.length, -1);
  if (hashRecord({ ...read, body }) !== read.hash) throw new Error(`not what was hashed: ${text}`);
  return read;
}

export interface StreamReceiver extends AsyncDisposable {
  readonly port: number;
  /** Whole messages so far. */
  readonly messages: string[];
  /** From now on it takes connections, reads up to so many bytes of each and then resets it. */
  breakAfter(bytes: number): void;
  /** From now on it reads to the end, and closes. */
  mend(): void;
}

interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** A syslog receiver as RFC 6587 has it, with the length before each message. */
export async function aStreamReceiver({ tls, port = 0 }: { tls?: Tls; port?: number } = {}): Promise<StreamReceiver> {
  const messages: string[] = [];
  let limit = Infinity;
  const take = (socket: Socket): void => {
    let text = '';
    let bytes = 0;
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      bytes += data.length;
      if (bytes > limit) {
        socket.resetAndDestroy();
        return;
      }
      text += data.toString('latin1');
      for (;;) {
        const [head, length = ''] = /^(\d+) /.exec(text) ?? [];
        const end = (head?.length ?? 0) + Number(length);
        if (head === undefined || text.length < end) break;
        messages.push(text.slice(head.length, end));
        text = text.slice(end);
      }
    });
  };
  const server: Server = tls ? createTlsServer(tls, take) : createServer(take);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    messages,
    breakAfter: (bytes) => void (limit = bytes),
    mend: () => void (limit = Infinity),
    [Symbol.asyncDispose]: async () => void (await new Promise((resolve) => server.close(resolve))),
  };
}
