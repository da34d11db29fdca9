import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Redactor } from '../../src/audit/redact.ts';
import { silentLog } from '../../src/base/log.ts';
import { Secret } from '../../src/base/secret.ts';
import type { PrincipalId } from '../../src/identity/caller.ts';
import type { CollectedOutput } from '../../src/outputs/collector.ts';
import { KeptOutputs, type OutputLimits } from '../../src/outputs/kept-outputs.ts';
import { temporaryFolder, type TemporaryFolder } from '../fixtures/temporary-folder.ts';

const owner = 'token:test' as PrincipalId;
const redactor = new Redactor();
let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

function keptOutputs(limits: Partial<OutputLimits> = {}): KeptOutputs {
  return new KeptOutputs({ directory: folder.path, log: silentLog, filter: () => redactor.stream(), limits });
}

function collect(
  outputs: KeptOutputs,
  stdout: readonly (string | Buffer)[],
  stderr: readonly string[] = [],
): CollectedOutput {
  using collector = outputs.collect(owner);
  for (const chunk of stdout) collector.stdout(Buffer.from(chunk as string));
  for (const chunk of stderr) collector.stderr(Buffer.from(chunk));
  return collector.finish();
}

async function wholeOf(outputs: KeptOutputs, id: string, stream: 'stdout' | 'stderr'): Promise<string> {
  const { data } = await outputs.readRange(owner, id, { stream, offset: 0, maxBytes: 1e9 });
  return data.toString();
}

const lines = (count: number): string => Array.from({ length: count }, (_, n) => `line ${n}\n`).join('');

describe('an output that fits in an answer', () => {
  it('is shown whole and leaves nothing on disk', async () => {
    await using outputs = keptOutputs();
    expect(collect(outputs, ['out', 'put\n'], ['oops\n'])).toEqual({
      stdout: 'output\n',
      stderr: 'oops\n',
      truncated: false,
      outputId: null,
      stdoutBytes: 7,
      stderrBytes: 5,
      redactions: 0,
    });
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('keeps characters whole that arrive in pieces', async () => {
    await using outputs = keptOutputs();
    const bytes = Buffer.from('a é 漢 👩‍⚕️ z');
    expect(
      collect(
        outputs,
        Array.from(bytes, (_, n) => bytes.subarray(n, n + 1)),
      ).stdout,
    ).toBe('a é 漢 👩‍⚕️ z');
  });

  it('takes every byte up to the limit, both streams together', async () => {
    await using outputs = keptOutputs({ inlineBytes: 100 });
    const { truncated, stdout, stderr } = collect(outputs, ['o'.repeat(60)], ['e'.repeat(40)]);
    expect([truncated, stdout.length, stderr.length]).toEqual([false, 60, 40]);
  });
});

describe('an output that does not fit', () => {
  it('shows head and tail by whole lines, and names the exact call for what is missing', async () => {
    await using outputs = keptOutputs();
    const text = lines(10_000);
    const { stdout, truncated, outputId } = collect(outputs, [text]);
    const [, head = '', gap = '', tail = ''] = /^([^]*\n)(\[….*…\])\n([^]*)$/.exec(stdout) ?? [];
    const omitted = text.length - head.length - tail.length;
    const call = `read_output {"output_id": "${outputId}", "stream": "stdout", "offset": ${head.length}}`;
    expect(truncated).toBe(true);
    expect(gap).toBe(`[… ${omitted} bytes omitted; ${call} …]`);
    expect([text.startsWith(head), text.endsWith(tail), tail.startsWith('line ')]).toEqual([true, true, true]);
    expect(Buffer.byteLength(stdout)).toBeLessThan(16_384 + 200);
    const { data } = await outputs.readRange(owner, outputId ?? '', {
      stream: 'stdout',
      offset: head.length,
      maxBytes: omitted,
    });
    expect(head + data.toString() + tail).toBe(text);
  });

  it('shows the shorter stream whole where it takes less than its half', async () => {
    await using outputs = keptOutputs();
    const { stderr, stdout, outputId } = collect(outputs, [lines(10_000)], ['warning\n']);
    expect(stderr).toBe('warning\n');
    expect(stdout.length).toBeGreaterThan(15_000);
    expect(await wholeOf(outputs, outputId ?? '', 'stderr')).toBe('warning\n');
  });

  it('gives each stream its half where both are long', async () => {
    await using outputs = keptOutputs();
    const { stdout, stderr } = collect(outputs, [lines(10_000)], [lines(20_000)]);
    for (const text of [stdout, stderr]) expect(Math.abs(text.length - 8_192)).toBeLessThan(250);
  });

  it('keeps the whole in order, however it arrives, and cuts no character', async () => {
    await using outputs = keptOutputs({ inlineBytes: 64 });
    const chunks = fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { minLength: 1, maxLength: 30 });
    const plain = chunks.map((texts) =>
      texts.map((text) => text.replaceAll(/[\p{C}\p{Default_Ignorable_Code_Point}\uFFFD]/gu, '.')),
    );
    const run = fc.asyncProperty(plain, plain, async (out, err) => {
      const { stdout, stderr, outputId } = collect(outputs, out, err);
      expect(stdout + stderr).not.toContain('�');
      const whole = [out.join(''), err.join('')];
      const kept =
        outputId === null
          ? [stdout, stderr]
          : await Promise.all([wholeOf(outputs, outputId, 'stdout'), wholeOf(outputs, outputId, 'stderr')]);
      expect(kept).toEqual(whole);
    });
    await fc.assert(run, { numRuns: 60 });
  });

  it('counts the room that escapes take', async () => {
    await using outputs = keptOutputs();
    const { stdout, truncated, outputId } = collect(outputs, [Buffer.alloc(10_000)]);
    expect([truncated, outputId === null]).toEqual([true, false]);
    expect(stdout.length).toBeLessThan(17_000);
    expect(stdout).toMatch(/^(\\u0000)+\n\[….*…\]\n(\\u0000)+$/);
  });

  it('says what is not kept when it is larger than an output may be', async () => {
    await using outputs = keptOutputs({ inlineBytes: 100, maxOutputBytes: 1_000 });
    const { stdout, outputId } = collect(outputs, ['x'.repeat(600), 'y'.repeat(600)]);
    expect(stdout).toMatch(/\[… 1100 bytes omitted, 150 of them not kept; read_output /);
    expect(await wholeOf(outputs, outputId ?? '', 'stdout')).toBe('x'.repeat(600) + 'y'.repeat(400));
  });

  it('is shown head and tail without an id when nothing can be kept', async () => {
    await using outputs = keptOutputs({ inlineBytes: 100 });
    folder[Symbol.dispose]();
    const { stdout, outputId, truncated } = collect(outputs, ['x'.repeat(600)]);
    expect([outputId, truncated]).toEqual([null, true]);
    expect(stdout).toContain('[… 500 bytes omitted, not kept …]');
  });

  it('never reaches the disk with a secret in it', async () => {
    const forget = redactor.add(new Secret('correct horse battery'));
    await using outputs = keptOutputs({ inlineBytes: 100 });
    const { outputId } = collect(outputs, ['x'.repeat(200), ' correct hor', 'se battery ', 'y'.repeat(200)]);
    const directory = join(folder.path, outputId ?? '');
    expect(await wholeOf(outputs, outputId ?? '', 'stdout')).toBe(`${'x'.repeat(200)} [redacted] ${'y'.repeat(200)}`);
    expect(readdirSync(directory).sort()).toEqual(['output.json', 'stderr', 'stdout']);
    forget();
  });
});

describe('a collector', () => {
  it('leaves nothing behind when the command could not be run', async () => {
    await using outputs = keptOutputs({ inlineBytes: 100 });
    {
      using collector = outputs.collect(owner);
      collector.stdout(Buffer.alloc(1_000, 'x'));
      expect(readdirSync(folder.path)).toHaveLength(1);
    }
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it.each([
    ['without secrets', undefined],
    ['with a secret', new Secret('correct horse battery')],
  ])(
    'takes 256 MB %s in bounded memory, fast',
    async (_, secret) => {
      const forget = secret ? redactor.add(secret) : () => undefined;
      await using outputs = keptOutputs();
      using collector = outputs.collect(owner);
      const chunk = Buffer.from(lines(40_000)).subarray(0, 32_768);
      for (let n = 0; n < 500; n += 1) collector.stdout(chunk);
      const before = process.memoryUsage().rss;
      const started = performance.now();
      for (let n = 0; n < 8_192; n += 1) collector.stdout(chunk);
      const seconds = (performance.now() - started) / 1000;
      const grown = process.memoryUsage().rss - before;
      const { stdoutBytes } = collector.finish();
      forget();
      expect(stdoutBytes).toBe((500 + 8_192) * 32_768);
      expect(grown).toBeLessThan(30 * 1024 * 1024);
      // Measured at four times this and more; other tests may be using the machine.
      expect(268 / seconds).toBeGreaterThan(40);
    },
    20_000,
  );
});

describe('an output that shares an answer with others', () => {
  it('tells how much its text takes, and is shown in less', async () => {
    const outputs = keptOutputs();
    using collector = outputs.collect(owner);
    collector.stdout(Buffer.from(`${'a'.repeat(99)}\n`.repeat(50)));
    collector.stderr(Buffer.from('\u001b'));
    expect(collector.measure()).toBe(5_006);
    const short = collector.finish({ inlineBytes: 1_000, describe: (stream, { bytes }) => `<${stream} ${bytes}>` });
    expect(short).toMatchObject({ truncated: true, stderr: '\\u001b', stdoutBytes: 5_000 });
    expect(short.stdout).toMatch(/^(?:a{99}\n)+<stdout \d+>\n(?:a{99}\n)+$/);
    expect(Buffer.byteLength(short.stdout)).toBeLessThan(1_030);
    expect(await wholeOf(outputs, short.outputId ?? '', 'stdout')).toBe(`${'a'.repeat(99)}\n`.repeat(50));
  });

  it('takes more than can be said when it is no longer in memory', () => {
    using collector = keptOutputs().collect(owner, 100);
    collector.stdout(Buffer.alloc(101, 'a'));
    expect(collector.measure()).toBe(Infinity);
    expect(collector.finish({ inlineBytes: 0 }).stdout).toMatch(/^\[… 101 bytes omitted; read_output .*…\]\n$/);
  });

  it('is measured with its secrets taken out', () => {
    const forget = redactor.add(new Secret('correct horse battery'));
    using collector = keptOutputs().collect(owner);
    collector.stdout(Buffer.from('correct horse bat'));
    collector.stdout(Buffer.from('tery'));
    expect([collector.measure(), collector.finish().stdout]).toEqual([10, '[redacted]']);
    forget();
  });
});
