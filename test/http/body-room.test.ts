import { request as nodeRequest, type ClientRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { tokens } from '../mcp/tiny-gateway.ts';
import { callOf, tinyListener, type TinyListener } from './tiny-listener.ts';

const kibibyte = 1024;
const bodyRoom = { perCallerBytes: 400 * kibibyte, totalBytes: 600 * kibibyte };
const large = callOf('say', { text: 'x'.repeat(150 * kibibyte) });

/** A request that says how long it will be, and then says no more. */
function unfinished(listener: TinyListener, bytes: number, path = '/mcp'): ClientRequest {
  const headers = {
    authorization: `Bearer ${tokens.full}`,
    'content-type': 'application/json',
    'content-length': String(bytes),
  };
  const sent = nodeRequest(`${listener.url}${path}`, { method: 'POST', headers });
  sent.on('error', () => {});
  sent.write('{');
  return sent;
}

async function statusOf(answer: Promise<Response>): Promise<number> {
  const response = await answer;
  await response.text();
  return response.status;
}

describe('the bodies of one caller', () => {
  it.each(['/mcp', '/messages'])(
    'fill no more memory than their room, of which others have theirs: %s',
    async (path) => {
      await using listener = await tinyListener({ bodyRoom });
      const held = [0, 1].map(() => unfinished(listener, 200 * kibibyte, path));
      await expect.poll(() => statusOf(listener.post(large)), { timeout: 5_000 }).toBe(503);

      const refused = await listener.post(large);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await refused.json()).toMatchObject({ error: 'busy' });
      expect(await statusOf(listener.post(callOf('say', { text: 'short' })))).toBe(200);
      expect(await statusOf(listener.post(large, { authorization: `Bearer ${tokens.reader}` }))).toBe(200);

      for (const request of held) request.destroy();
      await expect.poll(() => statusOf(listener.post(large)), { timeout: 5_000 }).toBe(200);
    },
  );

  it('are counted as long as they are when none says so beforehand', async () => {
    await using listener = await tinyListener({ bodyRoom, maxBodyBytes: 400 * kibibyte });
    const chunked = (body: object): Promise<Response> =>
      fetch(`${listener.url}/mcp`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tokens.full}`, 'content-type': 'application/json' },
        body: new Blob([JSON.stringify(body)]).stream(),
        duplex: 'half',
      });
    const begun = listener.gateway.waiting();
    const waiting = chunked(callOf('wait'));
    await begun;
    expect(await statusOf(chunked(large))).toBe(200);
    await listener.close({ graceMs: 0 });
    await waiting;
  });
});
