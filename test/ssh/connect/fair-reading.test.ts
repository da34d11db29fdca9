import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { readInTurns } from '../../../src/ssh/connect/fair-reading.ts';

/** The most that is read before anything else has its turn, of what lies ready on a socket. */
async function mostAtOnce(prepare: (socket: Socket) => void): Promise<number> {
  const server = createServer((sender) => {
    sender.on('error', () => sender.destroy());
    sender.end(Buffer.alloc(8 * 1024 * 1024));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const socket = connect({ port: typeof address === 'object' && address !== null ? address.port : 0 });
  socket.pause();
  await sleep(200);
  let [inTurn, most, total] = [0, 0, 0];
  socket.on('data', (chunk: Buffer) => {
    if (inTurn === 0) setImmediate(() => (inTurn = 0));
    inTurn += chunk.length;
    total += chunk.length;
    most = Math.max(most, inTurn);
  });
  prepare(socket);
  socket.resume();
  await once(socket, 'close');
  server.close();
  expect(total).toBe(8 * 1024 * 1024);
  return most;
}

it('reads a stream that floods in small turns, and whole', async () => {
  expect(await mostAtOnce(() => undefined)).toBeGreaterThan(512 * 1024);
  expect(await mostAtOnce(readInTurns)).toBeLessThanOrEqual(256 * 1024);
});
