import { createSocket } from 'node:dgram';
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { AuditExporter, type ExportedRecords } from '../../../src/audit/export/exporter.ts';
import { fileSink } from '../../../src/audit/export/file-sink.ts';
import type { AuditSink } from '../../../src/audit/export/sink.ts';
import { syslogSink } from '../../../src/audit/export/syslog-sink.ts';
import { webhookSink } from '../../../src/audit/export/webhook-sink.ts';
import { silentLog } from '../../../src/base/log.ts';
import { Secret } from '../../../src/base/secret.ts';
import { SignedWebhook } from '../../../src/base/webhook/signed-webhook.ts';
import { SqlAuditStore } from '../../../src/storage/audit-store.ts';
import { openDatabase } from '../../../src/storage/database.ts';
import { anIntent } from '../../fixtures/audit-records.ts';
import { aWriterAtWork, type WriterUnderTest } from '../../fixtures/audit-writer.ts';
import { aCertificate } from '../../fixtures/certificate.ts';
import { freePorts } from '../../fixtures/ports.ts';
import { aStreamReceiver, readLine } from './receivers.ts';

const timing = { lookEveryMs: 20, longestWaitMs: 100, lastMs: 2_000 };
const within = { timeout: 15_000, interval: 20 };

interface Export extends AsyncDisposable {
  readonly exporter: AuditExporter;
}

async function startExport(work: WriterUnderTest, sink: AuditSink, lookEveryMs = timing.lookEveryMs): Promise<Export> {
  const location = { kind: 'sqlite', path: work.path, durability: 'full', busyTimeoutMs: 5_000 } as const;
  const database = await openDatabase(location, { areas: ['audit'], log: silentLog });
  const records: ExportedRecords = new SqlAuditStore(database.sql);
  const exporter = new AuditExporter({
    sink,
    cursorFile: join(work.folder, `audit-export-${sink.kind}.json`),
    records: async () => records,
    log: silentLog,
    timing: { ...timing, lookEveryMs },
  });
  return {
    exporter,
    async [Symbol.asyncDispose]() {
      await exporter[Symbol.asyncDispose]();
      await database.close();
    },
  };
}

async function write(work: WriterUnderTest, count: number, name = 'call'): Promise<void> {
  for (let n = 0; n < count; n += 1) await work.writer.append(anIntent(`${name} ${n}`));
}

/** In the order of arrival, each the first time alone. */
function firstArrivals(lines: readonly string[]): readonly number[] {
  return [...new Set(lines.map((line) => readLine(line).position))];
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, place) => place + 1);
}

describe('an export to a file', () => {
  const linesIn = (file: string): readonly string[] =>
    existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];

  it('has every record once, in order, as it was hashed, and goes on after a restart', async () => {
    await using work = await aWriterAtWork();
    const file = join(work.folder, 'copy.jsonl');
    for (const count of [3, 250]) {
      await using copy = await startExport(work, fileSink(file));
      await write(work, count);
      await vi.waitFor(() => expect(copy.exporter.delivered).toBeGreaterThanOrEqual(count), within);
    }
    // The start of the chain and the record that the fixture writes come first.
    expect(linesIn(file).map((line) => readLine(line).position)).toEqual(upTo(255));
    expect(JSON.parse(linesIn(file)[1] ?? '')).toMatchObject({ record: { kind: 'intent' } });
  });

  it('takes along at the end what was written just before', async () => {
    await using work = await aWriterAtWork();
    const file = join(work.folder, 'copy.jsonl');
    {
      await using _copy = await startExport(work, fileSink(file), 60_000);
      await write(work, 5);
    }
    expect(firstArrivals(linesIn(file))).toEqual(upTo(7));
  });

  it('begins a new line after one that was cut off, and a new file when that was moved away', async () => {
    await using work = await aWriterAtWork();
    const file = join(work.folder, 'copy.jsonl');
    writeFileSync(file, '{"position":1,"cha');
    await using copy = await startExport(work, fileSink(file));
    await vi.waitFor(() => expect(linesIn(file)).toHaveLength(3), within);
    rmSync(file);
    await write(work, 1);
    await vi.waitFor(() => expect(firstArrivals(linesIn(file))).toEqual([3]), within);
    expect(copy.exporter.failures).toBe(0);
  });

  it('says that it cannot be written, and catches up once it can', async () => {
    await using work = await aWriterAtWork();
    const file = join(work.folder, 'no-folder', 'copy.jsonl');
    await using copy = await startExport(work, fileSink(file));
    await vi.waitFor(() => expect(copy.exporter.problem()).toMatch(/\(file\) is \d+ s behind: .*ENOENT/), within);
    expect(copy.exporter.problem()).not.toContain(work.folder);
  });

  it('begins anew where the audit is another than before', async () => {
    await using work = await aWriterAtWork();
    const file = join(work.folder, 'copy.jsonl');
    writeFileSync(join(work.folder, 'audit-export-file.json'), JSON.stringify({ position: 2, hash: 'of another' }));
    await using _copy = await startExport(work, fileSink(file));
    await vi.waitFor(() => expect(firstArrivals(linesIn(file))).toEqual(upTo(2)), within);
  });

  it.each(['', '{"position":-1}', '{"position":99,"hash":""}', 'null', '\u0000'])(
    'sends rather twice than never where its cursor says %j',
    async (said) => {
      await using work = await aWriterAtWork();
      const file = join(work.folder, 'copy.jsonl');
      writeFileSync(join(work.folder, 'audit-export-file.json'), said);
      await using _copy = await startExport(work, fileSink(file));
      await vi.waitFor(() => expect(firstArrivals(linesIn(file))).toEqual(upTo(2)), within);
    },
  );

  it('is shared by processes: each record is there once', async () => {
    await using work = await aWriterAtWork();
    const file = join(work.folder, 'copy.jsonl');
    await using one = await startExport(work, fileSink(file));
    await using other = await startExport(work, fileSink(file));
    await write(work, 300);
    const delivered = (): number => one.exporter.delivered + other.exporter.delivered;
    await vi.waitFor(() => expect(delivered()).toBe(302), within);
    expect(linesIn(file).map((line) => readLine(line).position)).toEqual(upTo(302));
  });
});

describe('an export to a webhook', () => {
  const secret = new Secret('c2FsbHlwb3J0IHdlYmhvb2sgc2VjcmV0IGZvciB0ZXN0cw');

  it('is signed, survives a receiver that fails, hangs up and is restarted, and loses nothing', async () => {
    await using work = await aWriterAtWork();
    const [port] = await freePorts(1);
    const lines: string[] = [];
    let requests = 0;
    const listen = async () => {
      const server = createServer((request, response) => {
        void text(request).then((body) => {
          requests += 1;
          if (requests % 4 === 1) return void response.writeHead(503).end();
          if (requests % 4 === 2) return void response.destroy();
          const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = request.headers;
          const expected = createHmac('sha256', secret.reveal()).update(`${String(id)}.${String(at)}.${body}`);
          if (signature !== `v1,${expected.digest('base64')}`) return void response.writeHead(401).end();
          const records = body.slice('{"type":"audit.records","records":['.length, -2);
          lines.push(...records.split(/(?<=\}),(?=\{"position")/));
          return void response.writeHead(204).end();
        });
      });
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      return server;
    };
    const url = new URL(`http://127.0.0.1:${port}/audit`);
    const webhook = new SignedWebhook({ url, secret, reach: 'public', privateSetting: 'X' });
    await using _copy = await startExport(work, webhookSink(webhook));
    await write(work, 20, 'before it listens');
    for (const round of [1, 2]) {
      const server = await listen();
      await write(work, 20, `round ${round}`);
      await vi.waitFor(() => expect(lines.length).toBeGreaterThan(10 * round), within);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await write(work, 20, `while it is gone ${round}`);
    }
    const server = await listen();
    await vi.waitFor(() => expect(firstArrivals(lines)).toEqual(upTo(102)), within);
    server.closeAllConnections();
    server.close();
  });

  it('does not go to a private address unless it may', async () => {
    await using work = await aWriterAtWork();
    const url = new URL('https://10.1.2.3/audit');
    const webhook = new SignedWebhook({ url, secret, reach: 'public', privateSetting: 'AUDIT_EXPORT_WEBHOOK_PRIVATE' });
    await using copy = await startExport(work, webhookSink(webhook));
    await vi.waitFor(
      () => expect(copy.exporter.problem()).toMatch(/may not be connected to; see AUDIT_EXPORT/),
      within,
    );
  });
});

/** RFC 5424, with the JSON behind it. */
const message =
  /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([\x21-\x7E]{1,255}) sallyport - (intent|outcome|refusal|chain_start) - (\{[\x20-\x7E]+\})$/;

function jsonIn(messages: readonly string[]): readonly string[] {
  return messages.map((one) => message.exec(one)?.[5] ?? `no message: ${one}`);
}

describe('an export to syslog', () => {
  it('loses nothing over TCP where the receiver dies in the middle, again and again', async () => {
    await using work = await aWriterAtWork();
    await using receiver = await aStreamReceiver();
    const address = { transport: 'tcp', host: '127.0.0.1', port: receiver.port } as const;
    await using copy = await startExport(work, syslogSink(address));
    for (const limit of [0, 1, 700, 5_000, 20_000]) {
      receiver.breakAfter(limit);
      const { failures } = copy.exporter;
      await write(work, 40, `limit ${limit}`);
      await vi.waitFor(() => expect(copy.exporter.failures).toBeGreaterThan(failures), within);
      receiver.mend();
    }
    await vi.waitFor(() => expect(firstArrivals(jsonIn(receiver.messages))).toEqual(upTo(202)), within);
    await vi.waitFor(() => expect(copy.exporter.problem()).toBeUndefined(), within);
  });

  it('counts what a receiver took and did not read to its end as not delivered', async () => {
    await using work = await aWriterAtWork();
    const port = await closingAtOnce();
    await using copy = await startExport(work, syslogSink({ transport: 'tcp', host: '127.0.0.1', port: port.number }));
    await vi.waitFor(() => expect(copy.exporter.failures).toBeGreaterThan(1), within);
    expect(copy.exporter.delivered).toBe(0);
    await port.close();
  });

  it('goes over TLS to whom the certificate is for, and to nobody else', async () => {
    await using work = await aWriterAtWork();
    const tls = aCertificate();
    await using receiver = await aStreamReceiver({ tls });
    const address = { transport: 'tls', host: '127.0.0.1', port: receiver.port } as const;
    const known = getCACertificates('default');
    await using copy = await startExport(work, syslogSink(address));
    await vi.waitFor(() => expect(copy.exporter.problem()).toMatch(/behind: .*CERT/), within);
    expect(receiver.messages).toEqual([]);
    try {
      setDefaultCACertificates([...known, tls.cert]);
      await vi.waitFor(() => expect(firstArrivals(jsonIn(receiver.messages))).toEqual(upTo(2)), within);
    } finally {
      setDefaultCACertificates(known);
    }
  });

  it('says that nobody listens, over each transport', async () => {
    await using work = await aWriterAtWork();
    const [port = 0] = await freePorts(1);
    for (const transport of ['udp', 'tcp', 'tls'] as const) {
      await using copy = await startExport(work, syslogSink({ transport, host: '127.0.0.1', port }));
      await vi.waitFor(() => expect(copy.exporter.problem()).toMatch(/behind: ECONNREFUSED$/), within);
      expect(copy.exporter.delivered).toBe(0);
    }
  });

  it('is one datagram a record over UDP, and what is too large for one says so', async () => {
    await using work = await aWriterAtWork();
    const received: string[] = [];
    const socket = createSocket('udp4');
    socket.on('message', (data) => received.push(data.toString('latin1')));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const { port } = socket.address();
    await work.writer.append(anIntent('x\u202E\u001B[31m \u{1F600} '.repeat(9_000)));
    await work.writer.append(anIntent('x\u202E\u001B[31m \u{1F600}'));
    await using _copy = await startExport(work, syslogSink({ transport: 'udp', host: '127.0.0.1', port }));
    await vi.waitFor(() => expect(received).toHaveLength(4), within);
    expect(JSON.parse(jsonIn(received)[2] ?? '')).toEqual({
      position: 3,
      chain: expect.any(String),
      seq: 3,
      previous: expect.any(String),
      hash: expect.any(String),
      left_out: expect.any(Number),
    });
    expect(JSON.parse(jsonIn(received)[3] ?? '')).toMatchObject({
      record: anIntentLike('x\u202E\u001B[31m \u{1F600}'),
    });
    socket.close();
  });
});

function anIntentLike(name: string): object {
  const { callId } = anIntent(name);
  return { callId };
}

/** A port where every connection is closed before anything is read. */
async function closingAtOnce(): Promise<{ readonly number: number; readonly close: () => Promise<unknown> }> {
  const { createServer: createTcp } = await import('node:net');
  const server = createTcp({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { number: port, close: () => new Promise((resolve) => server.close(resolve)) };
}
