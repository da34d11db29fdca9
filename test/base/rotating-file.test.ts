import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LogLines } from '../../src/base/log-lines.ts';
import { RotatingFile } from '../../src/base/rotating-file.ts';
import { ScriptProcess } from '../fixtures/script-process.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const text = (n: number): string => `line ${String(n).padStart(4, '0')}\n`;
const line = (n: number): Buffer => Buffer.from(text(n));

describe('a rotating file', () => {
  it('loses, tears and doubles no line of three processes that write across rotations', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'logs/audit.log');
    const each = 1_000;
    const processes = ['a', 'b', 'c'].map((name) => new ScriptProcess('logging', path, name, String(each), '30000'));
    await Promise.all(processes.map((process) => process.succeeded()));
    const files = readdirSync(join(folder.path, 'logs'));
    expect(files.length).toBeGreaterThan(10);
    const written = files.flatMap((file) =>
      readFileSync(join(folder.path, 'logs', file), 'utf8')
        .trimEnd()
        .split('\n'),
    );
    const seen = written.map((json) => JSON.parse(json) as { name: string; n: number });
    expect(seen).toHaveLength(3 * each);
    expect(new Set(seen.map(({ name, n }) => `${name} ${n}`)).size).toBe(3 * each);
  });

  it('keeps as many older files as it was told, for us alone', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'a/b/x.log');
    const file = new RotatingFile({ path, maxBytes: 20, backups: 2 });
    for (let n = 0; n < 10; n += 1) await file.append(line(n));
    expect(readdirSync(join(folder.path, 'a/b')).toSorted()).toEqual(['x.log', 'x.log.1', 'x.log.2']);
    const texts = ['', '.1', '.2'].map((suffix) => readFileSync(path + suffix, 'utf8'));
    expect(texts).toEqual([8, 6, 4].map((n) => `${text(n)}${text(n + 1)}`));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder.path, 'a/b')).mode & 0o777).toBe(0o700);
  });

  it('writes what is longer than a file may be, and puts that aside next', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'x.log');
    const file = new RotatingFile({ path, maxBytes: 5, backups: 1 });
    await file.append(line(1));
    await file.append(line(2));
    expect([path, `${path}.1`].map((one) => readFileSync(one, 'utf8'))).toEqual([text(2), text(1)]);
  });

  it('leaves what is behind a link to whoever made the link', async () => {
    using folder = temporaryFolder();
    const [path, real] = [join(folder.path, 'x.log'), join(folder.path, 'real')];
    symlinkSync(real, path);
    const file = new RotatingFile({ path, maxBytes: 5, backups: 1 });
    await file.append(line(1));
    await file.append(line(2));
    expect(readFileSync(real, 'utf8')).toBe(`${text(1)}${text(2)}`);
    expect(existsSync(`${path}.1`)).toBe(false);
  });

  it('goes on in a full file where none can be put aside', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'x.log');
    mkdirSync(`${path}.1/in-the-way`, { recursive: true });
    const file = new RotatingFile({ path, maxBytes: 5, backups: 1 });
    await file.append(line(1));
    await file.append(line(2));
    expect(readFileSync(path, 'utf8')).toBe(`${text(1)}${text(2)}`);
  });
});

describe('a log file', () => {
  it('says once that it cannot be written, keeps a bounded part, and goes on by itself', async () => {
    using folder = temporaryFolder();
    const inTheWay = join(folder.path, 'logs');
    writeFileSync(inTheWay, '');
    const problems: unknown[] = [];
    const path = join(inTheWay, 'x.log');
    const file = new LogLines({ path, maxBytes: 1e9, backups: 1, onProblem: (error) => problems.push(error) });
    const long = `${'x'.repeat(1023)}\n`;
    for (let n = 0; n < 10_000; n += 1) file.append(long);
    await expect.poll(() => file.isFailing).toBe(true);
    rmSync(inTheWay);
    await expect.poll(() => file.isFailing, { timeout: 5_000 }).toBe(false);
    file.append('last\n');
    await file[Symbol.asyncDispose]();
    const written = readFileSync(path, 'utf8');
    expect(written.endsWith(`${long}last\n`)).toBe(true);
    expect(written.length).toBe(4 * 1024 * 1024 + 5);
    expect(problems).toHaveLength(1);
  });
});
