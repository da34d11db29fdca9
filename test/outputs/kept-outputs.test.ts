import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { PrincipalId } from '../../src/identity/caller.ts';
import { KeptOutputs, type OutputLimits } from '../../src/outputs/kept-outputs.ts';
import { compilePattern } from '../../src/outputs/search.ts';
import { temporaryFolder, type TemporaryFolder } from '../fixtures/temporary-folder.ts';

const alice = 'token:alice' as PrincipalId;
const mallory = 'token:mallory' as PrincipalId;
const asItIs = { push: (chunk: Buffer) => chunk, end: () => Buffer.alloc(0), redactions: 0 };
const start = { stream: 'stdout', offset: 0, maxBytes: 1_000 } as const;
let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

function keptOutputs(limits: Partial<OutputLimits> = {}): KeptOutputs {
  const directory = join(folder.path, 'outputs');
  return new KeptOutputs({ directory, log: silentLog, filter: () => asItIs, limits: { inlineBytes: 100, ...limits } });
}

function keep(outputs: KeptOutputs, text: string, owner = alice): string {
  using collector = outputs.collect(owner);
  collector.stdout(Buffer.from(text));
  const { outputId } = collector.finish();
  if (outputId === null) throw new Error('not kept');
  return outputId;
}

const directoryOf = (id: string): string => join(folder.path, 'outputs', id);
const idsOnDisk = (): readonly string[] => readdirSync(join(folder.path, 'outputs')).sort();
const notFound = expect.objectContaining({ code: 'output_not_found' });

function age(id: string, hours: number): void {
  const at = new Date(Date.now() - hours * 3_600_000);
  for (const file of readdirSync(directoryOf(id))) utimesSync(join(directoryOf(id), file), at, at);
  utimesSync(directoryOf(id), at, at);
}

describe('a kept output', () => {
  it('is read by its owner, any range of it', async () => {
    await using outputs = keptOutputs();
    const id = keep(outputs, '0123456789'.repeat(20));
    const { data, sizeBytes, writtenBytes } = await outputs.readRange(alice, id, {
      stream: 'stdout',
      offset: 195,
      maxBytes: 50,
    });
    expect([data.toString(), sizeBytes, writtenBytes]).toEqual(['56789', 200, 200]);
    expect((await outputs.readRange(alice, id, { ...start, offset: 500 })).data).toHaveLength(0);
  });

  it('is listed for its owner, the newest first, whichever process made it', async () => {
    await using outputs = keptOutputs();
    await using elsewhere = keptOutputs();
    const [old, other, young] = [
      keep(outputs, 'a'.repeat(200)),
      keep(outputs, 'b'.repeat(200)),
      keep(elsewhere, 'c'.repeat(300)),
    ];
    keep(outputs, 'd'.repeat(200), mallory);
    age(old, 2);
    age(other, 1);
    const listed = await outputs.list(alice);
    expect(listed.map(({ id, bytes }) => [id, bytes.stdout])).toEqual([
      [young, 300],
      [other, 200],
      [old, 200],
    ]);
    rmSync(directoryOf(other), { recursive: true });
    age(old, 25);
    const late = keep(elsewhere, 'e'.repeat(200));
    await using fresh = keptOutputs();
    expect((await outputs.list(alice)).map(({ id }) => id)).toEqual([late, young, old]);
    expect((await fresh.list(alice)).map(({ id }) => id)).toEqual([late, young]);
  });

  it('is not listed while it is incomplete, nor is anything else that lies there', async () => {
    await using outputs = keptOutputs();
    mkdirSync(directoryOf(`out_${'1'.repeat(32)}`));
    mkdirSync(directoryOf(`out_${'2'.repeat(32)}`));
    writeFileSync(join(directoryOf(`out_${'2'.repeat(32)}`), 'output.json'), '{"owner":');
    mkdirSync(directoryOf('other'));
    symlinkSync(directoryOf('other'), directoryOf(`out_${'3'.repeat(32)}`));
    expect(await outputs.list(alice)).toEqual([]);
  });

  it('does not exist for anybody else', async () => {
    await using outputs = keptOutputs();
    const id = keep(outputs, 'x'.repeat(200));
    const absent = outputs.readRange(mallory, `out_${'0'.repeat(32)}`, start).catch((error: unknown) => String(error));
    const foreign = outputs.readRange(mallory, id, start).catch((error: unknown) => String(error));
    expect(await foreign).toBe(await absent);
    await expect(outputs.readRange(mallory, id, start)).rejects.toEqual(notFound);
    const pattern = compilePattern('x');
    if (typeof pattern === 'string') throw new Error(pattern);
    const limits = { from: 0, maxMatches: 1, maxBytes: 1, maxMs: 1 };
    await expect(outputs.search(mallory, id, { stream: 'stdout', pattern, limits })).rejects.toEqual(notFound);
  });

  it('has an id that cannot be guessed', async () => {
    await using outputs = keptOutputs();
    const ids = Array.from({ length: 20 }, () => keep(outputs, 'x'.repeat(200)));
    expect(new Set(ids).size).toBe(20);
    for (const id of ids) expect(id).toMatch(/^out_[0-9a-f]{32}$/);
  });

  it('can be read by nobody else on this machine', async () => {
    await using outputs = keptOutputs();
    const id = keep(outputs, 'x'.repeat(200));
    const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    expect([modeOf(join(folder.path, 'outputs')), modeOf(directoryOf(id))]).toEqual(['700', '700']);
    expect(readdirSync(directoryOf(id)).map((file) => modeOf(join(directoryOf(id), file)))).toEqual([
      '600',
      '600',
      '600',
    ]);
  });

  it('survives a restart, and is seen by other processes', async () => {
    const before = keptOutputs();
    const id = keep(before, 'x'.repeat(200));
    await before[Symbol.asyncDispose]();
    await using after = keptOutputs();
    expect((await after.readRange(alice, id, start)).data.toString()).toBe('x'.repeat(200));
  });

  it.each([
    '',
    '.',
    '..',
    '../x',
    '/etc',
    'out_',
    `out_${'0'.repeat(31)}`,
    `out_${'0'.repeat(32)}/..`,
    `out_${'0'.repeat(32)}\0`,
  ])('is not found under the hostile id %j', async (id) => {
    await using outputs = keptOutputs();
    writeFileSync(join(folder.path, 'output.json'), JSON.stringify({ owner: alice, bytes: { stdout: 1, stderr: 0 } }));
    writeFileSync(join(folder.path, 'stdout'), 'x');
    await expect(outputs.readRange(alice, id, start)).rejects.toEqual(notFound);
  });

  it('is not found while it is incomplete, or when what is written about it is broken', async () => {
    await using outputs = keptOutputs();
    const id = keep(outputs, 'x'.repeat(200));
    for (const broken of ['', '{', '{"owner": 1}', 'null']) {
      writeFileSync(join(directoryOf(id), 'output.json'), broken);
      await expect(outputs.readRange(alice, id, start)).rejects.toEqual(notFound);
    }
  });

  it('is never read through a link', async () => {
    await using outputs = keptOutputs();
    const id = `out_${'a'.repeat(32)}`;
    mkdirSync(directoryOf(id));
    writeFileSync(
      join(directoryOf(id), 'output.json'),
      JSON.stringify({ owner: alice, bytes: { stdout: 1, stderr: 0 } }),
    );
    symlinkSync('/etc/passwd', join(directoryOf(id), 'stdout'));
    await expect(outputs.readRange(alice, id, start)).rejects.toThrow('ELOOP');
  });
});

describe('retention', () => {
  it('removes what is older than a day', async () => {
    await using outputs = keptOutputs();
    const [old, recent] = [keep(outputs, 'x'.repeat(200)), keep(outputs, 'x'.repeat(200))];
    age(old, 25);
    age(recent, 23);
    await expect(outputs.readRange(alice, old, start)).rejects.toEqual(notFound);
    await outputs.prune();
    expect(idsOnDisk()).toEqual([recent]);
  });

  it('removes the oldest first when all are too much', async () => {
    await using outputs = keptOutputs({ maxTotalBytes: 3_000 });
    const ids = [4, 3, 2, 1].map((hours) => {
      const id = keep(outputs, 'x'.repeat(1_000));
      age(id, hours);
      return id;
    });
    await outputs.prune();
    expect(idsOnDisk()).toEqual(ids.slice(2).sort());
  });

  it('makes room by itself as outputs come', async () => {
    await using outputs = keptOutputs({ maxTotalBytes: 5_000 });
    for (let n = 0; n < 20; n += 1) {
      keep(outputs, 'x'.repeat(1_000));
      await sleep(2);
    }
    await outputs.prune();
    expect(idsOnDisk().length).toBeLessThan(5);
  });

  it('keeps no more at once than all outputs may take', async () => {
    await using outputs = keptOutputs({ maxTotalBytes: 1_500 });
    using first = outputs.collect(alice);
    using second = outputs.collect(alice);
    first.stdout(Buffer.alloc(1_000));
    second.stdout(Buffer.alloc(1_000));
    const sizes = idsOnDisk().map((id) => statSync(join(directoryOf(id), 'stdout')).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1_500);
  });

  it('removes what a killed process left unfinished, and nothing that is not ours', async () => {
    await using outputs = keptOutputs();
    const unfinished = `out_${'b'.repeat(32)}`;
    mkdirSync(directoryOf(unfinished));
    writeFileSync(join(directoryOf(unfinished), 'stdout'), 'x');
    age(unfinished, 25);
    mkdirSync(directoryOf('notes'));
    age('notes', 25);
    await outputs.prune();
    expect(idsOnDisk()).toEqual(['notes']);
  });
});
