import { once } from 'node:events';
import { createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { dialTcp } from '../../../src/ssh/connect/dial.ts';
import { startSshd } from '../../fixtures/sshd.ts';

it('a stream to a host sends the packets of one turn of the event loop in one piece', async () => {
  await using sshd = await startSshd();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const stream = await dialTcp(sshd.host({ port }), new AbortController().signal);
  stream.write('one');
  stream.write('two');
  expect(stream.writableLength).toBe('onetwo'.length);
  await nextTurn();
  expect(stream.writableLength).toBe(0);
  stream.destroy();
  server.close();
});
