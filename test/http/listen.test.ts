import { request as tlsRequest } from 'node:https';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { aCertificate } from '../fixtures/certificate.ts';
import { tokens } from '../mcp/tiny-gateway.ts';
import { callOf, initialize, modern, tinyListener } from './tiny-listener.ts';

describe('closing', () => {
  it('lets a running call finish within the grace, while new connections are refused', async () => {
    const listener = await tinyListener();
    const call = listener.post(callOf('pause', { ms: 150 }));
    await expect.poll(() => listener.gateway.received.length).toBe(1);
    const closed = listener.close({ graceMs: 5_000 });
    await expect(fetch(`${listener.url}/healthz`)).rejects.toThrow('fetch failed');
    expect(await (await call).json()).toMatchObject({ result: { structuredContent: { success: true } } });
    await closed;
  });

  it.each(['stateless', 'session', 'modern'])(
    'aborts the calls that outlast the grace, waits for them and answers them: %s',
    async (kind) => {
      const listener = await tinyListener();
      const opened = await listener.post(initialize('2025-11-25'));
      const id = opened.headers.get('mcp-session-id') ?? '';
      const { body, headers } = modern('tools/call', { name: 'wait', arguments: {} });
      const begun = listener.gateway.waiting();
      const call =
        kind === 'modern'
          ? listener.post(body, headers)
          : listener.post(callOf('wait'), kind === 'session' ? { 'mcp-session-id': id } : {});
      const { signal } = await begun;
      const startedMs = performance.now();
      await listener.close({ graceMs: 50 });
      expect(signal.aborted).toBe(true);
      expect(listener.gateway.ended.length).toBe(1);
      expect(performance.now() - startedMs).toBeLessThan(2_000);
      expect(await (await call).json()).toMatchObject({
        result: { isError: true, structuredContent: { code: 'cancelled', ran: 'may_have_run' } },
      });
    },
  );

  it('says on a connection that is still busy that it is not ready, and takes no more calls', async () => {
    const listener = await tinyListener();
    const post = (body: object): string => {
      const text = JSON.stringify(body);
      const authorized = `authorization: Bearer ${tokens.full}\r\ncontent-type: application/json\r\n`;
      return `POST /mcp HTTP/1.1\r\nhost: localhost\r\n${authorized}content-length: ${text.length}\r\n\r\n${text}`;
    };
    const socket = connect(listener.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => (received += String(chunk)));
    socket.write(post(callOf('pause', { ms: 200 })));
    await expect.poll(() => listener.gateway.received.length).toBe(1);
    const closed = listener.close({ graceMs: 5_000 });
    socket.write(`GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n${post(callOf('say', { text: 'x' }))}`);
    await Promise.all([closed, new Promise((resolve) => socket.once('close', resolve))]);
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 503', 'HTTP/1.1 503']);
    expect(received).toContain('"reasons":["shutting down"]');
    expect(listener.gateway.received.length).toBe(1);
  });

  it('ends the stream of a session at once', async () => {
    const listener = await tinyListener();
    const opened = await listener.post(initialize('2025-11-25'));
    await opened.text();
    const id = opened.headers.get('mcp-session-id') ?? '';
    const headers = { authorization: `Bearer ${tokens.full}`, accept: 'text/event-stream', 'mcp-session-id': id };
    const stream = await fetch(`${listener.url}/mcp`, { headers });
    const call = listener.post(callOf('pause', { ms: 150 }), { 'mcp-session-id': id });
    await expect.poll(() => listener.gateway.received.length).toBe(1);
    const closed = listener.close({ graceMs: 5_000 });
    const ends = [stream.text().then(() => 'stream'), call.then(() => 'call'), closed.then(() => 'listener')];
    expect(await Promise.race(ends)).toBe('stream');
    expect((await call).status).toBe(200);
    await closed;
  });

  it('may be asked for twice', async () => {
    const listener = await tinyListener();
    await Promise.all([listener.close({ graceMs: 0 }), listener.close({ graceMs: 10_000 })]);
    await expect(fetch(`${listener.url}/healthz`)).rejects.toThrow('fetch failed');
  });
});

describe('opening', () => {
  it('fails when the port is taken', async () => {
    await using listener = await tinyListener();
    await expect(tinyListener({ port: listener.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('serves HTTPS when it has a certificate, and tells browsers to stay with it', async () => {
    const tls = aCertificate();
    await using listener = await tinyListener({ tls });
    expect(listener.url).toBe(`https://127.0.0.1:${listener.port}`);
    const headers = await new Promise((resolve, reject) => {
      tlsRequest(`${listener.url}/health`, { ca: tls.cert, agent: false }, (response) => {
        response.resume();
        resolve(response.headers);
      })
        .on('error', reject)
        .end();
    });
    expect(headers).toMatchObject({ 'strict-transport-security': expect.stringContaining('max-age=') });
  });

  it('waits for a TLS handshake no longer than for the headers of a request', async () => {
    await using listener = await tinyListener({ tls: aCertificate(), headersTimeoutMs: 200 });
    const silent = connect(listener.port, '127.0.0.1');
    await new Promise((resolve) => silent.on('error', resolve).once('close', resolve));
    expect(silent.destroyed).toBe(true);
  });
});
