import { once } from 'node:events';
import { connect, isIP, isIPv6, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlacedRecord } from '../chain.ts';
import { NotDelivered, type AuditSink } from './sink.ts';
import { maxDatagramBytes, syslogMessage } from './syslog-message.ts';

/** For all of it, from the name to the confirmation. */
const timeoutMs = 15_000;
const leastSettlingMs = 20;
/** How long a receiver on this machine takes to refuse a datagram. */
const refusalMs = 100;

export interface SyslogAddress {
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
}

/**
 * Syslog (RFC 5424) over UDP (RFC 5426), or over TCP and TLS with the length before each message (RFC 6587, 5425).
 *
 * Syslog confirms nothing. Over TCP and TLS we therefore end each batch and wait until the receiver has read to that end and
 * closes too: one that dies before resets the connection, and gets the batch again. Over UDP what is lost is lost.
 */
export function syslogSink(address: SyslogAddress): AuditSink {
  const send = address.transport === 'udp' ? sendDatagrams : sendStream;
  return {
    kind: 'syslog',
    async deliver(records, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      try {
        await send(address, records, limit);
      } catch (error) {
        if (error instanceof NotDelivered) throw error;
        throw new NotDelivered(whyNot(error), error);
      }
    },
  };
}

function whyNot(error: unknown): string {
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) {
    return 'the receiver did not read to the end in time';
  }
  return error instanceof Error && 'code' in error ? String(error.code) : 'it could not be reached';
}

async function sendStream(
  address: SyslogAddress,
  records: readonly PlacedRecord[],
  signal: AbortSignal,
): Promise<void> {
  const messages = records.map((record) => syslogMessage(record));
  // ASCII alone, so that length and bytes are the same.
  const text = messages.map((message) => `${message.length} ${message}`).join('');
  using open = new DisposableStack();
  const socket = open.adopt(await dial(address), (one) => void one.destroy());
  const errors: Error[] = [];
  socket.on('error', (error) => errors.push(error));
  const closed = once(socket, 'close', { signal });
  closed.catch(() => undefined);
  const over = Promise.race([once(socket, 'end', { signal }), closed]);
  over.catch(() => undefined);
  socket.resume();
  const dialledAt = performance.now();
  const connected = once(socket, address.transport === 'tls' ? 'secureConnect' : 'connect', { signal });
  await Promise.race([connected, over]);
  // As long as a refusal of what we sent takes to come back, with something to spare: who closes within that has not read it.
  const roundTripMs = Math.max(leastSettlingMs, 2 * (performance.now() - dialledAt));
  const isSent = new Promise<'sent'>((resolve) => socket.write(text, () => resolve('sent')));
  const settled = isSent.then(() => sleep(roundTripMs, 'settled' as const, { signal }));
  settled.catch(() => undefined);
  const came = await Promise.race([settled, over]);
  throwFirst(errors);
  if (came !== 'settled') throw new NotDelivered('the receiver closed the connection before it had all');
  socket.end();
  await over;
  throwFirst(errors);
  if (!socket.readableEnded) throw new NotDelivered('the receiver closed the connection before it had all');
}

function throwFirst([error]: readonly Error[]): void {
  if (error) throw error;
}

async function dial({ transport, host, port }: SyslogAddress): Promise<Socket> {
  // Loaded here: a start has no use for it.
  const tls = transport === 'tls' ? await import('node:tls') : undefined;
  // Half open: that the receiver ends, once we have, is what we wait for.
  const socket = connect({ host, port, allowHalfOpen: true });
  if (tls === undefined) return socket;
  // RFC 6066: an address is no server name; the certificate is checked for it all the same.
  return tls.connect({ socket, host, ...(isIP(host) === 0 && { servername: host }) });
}

async function sendDatagrams(
  { host, port }: SyslogAddress,
  records: readonly PlacedRecord[],
  signal: AbortSignal,
): Promise<void> {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', signal });
  const refused = once(socket, 'error').then(([cause]) => {
    throw cause;
  });
  refused.catch(() => undefined);
  try {
    socket.connect(port, host);
    await Promise.race([once(socket, 'connect', { signal }), refused]);
    for (const record of records) {
      const sent = new Promise<void>((resolve, reject) => {
        socket.send(syslogMessage(record, maxDatagramBytes), (cause) => (cause ? reject(cause) : resolve()));
      });
      await Promise.race([sent, refused]);
    }
    await Promise.race([sleep(refusalMs, undefined, { signal }), refused]);
  } finally {
    if (!signal.aborted) socket.close();
  }
}
