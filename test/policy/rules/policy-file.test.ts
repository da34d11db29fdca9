import { chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Log } from '../../../src/base/log.ts';
import { builtInPolicy } from '../../../src/policy/rules/built-in-policy.ts';
import { loadPolicy, openPolicyFile } from '../../../src/policy/rules/policy-file.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const rule = (id: string): string => `version: 1\nrules: [{ id: ${id}, effect: deny, command: ${id} }]\n`;

/** A policy file and all that is said of it. */
function aFile(text?: string) {
  const folder = temporaryFolder();
  const file = join(folder.path, 'policy.yaml');
  const write = (content: string): void => writeFileSync(file, content, { mode: 0o600 });
  if (text !== undefined) write(text);
  const said: string[] = [];
  const saying =
    (level: string) =>
    (...words: readonly unknown[]): void =>
      void said.push(
        [level, ...words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word)))].join(' '),
      );
  const log: Log = { debug: saying('debug'), info: saying('info'), warn: saying('warn'), error: saying('error') };
  return { file, folder: folder.path, write, said, log, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
type AFile = ReturnType<typeof aFile>;

/** Has the file looked at, again and again, until something is so; at most for some seconds. */
async function looking(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100_000 && !isSo(); turn += 1) {
    await vi.advanceTimersByTimeAsync(500);
    await nextTurn();
  }
}

/** The file kept in force; `next` waits until something more is said of it. */
async function opened({ file, log, said }: AFile) {
  const inForce: (readonly string[])[] = [];
  const policy = await openPolicyFile({
    file,
    log,
    onPolicy: ({ rules }) => void inForce.push(rules.map(({ id }) => id)),
  });
  const next = async (): Promise<string | undefined> => {
    const before = said.length;
    await looking(() => said.length > before);
    return said.at(-1);
  };
  return { inForce, next, problem: () => policy.problem(), [Symbol.dispose]: () => policy[Symbol.dispose]() };
}

afterEach(() => void vi.useRealTimers());

describe('policy.yaml that is missing', () => {
  it('means the built-in profiles alone', async () => {
    using place = aFile();
    expect(await loadPolicy(place.file, place.log)).toBe(builtInPolicy);
    using policy = await opened(place);
    expect(policy.inForce).toEqual([[]]);
    expect(policy.problem()).toBeUndefined();
    expect(place.said).toEqual([]);
  });
});

describe('policy.yaml that is bad at the start', () => {
  it.each<[what: string, change: (place: AFile) => void, said: RegExp]>([
    ['with a mistake', ({ write }) => write('version: 2'), /policy\.yaml:1:1: version: must be 1$/],
    ['that others can write', ({ file }) => chmodSync(file, 0o666), /can be written by others: chmod go-w/],
    [
      'that leads in a circle',
      ({ file }) => {
        rmSync(file);
        symlinkSync(file, file);
      },
      /policy\.yaml: cannot be read \(ELOOP\)$/,
    ],
  ])('%s keeps the gateway from starting', async (_what, change, said) => {
    using place = aFile(rule('frob'));
    change(place);
    const refused = { code: 'config_invalid', message: expect.stringMatching(said) };
    await expect(opened(place)).rejects.toMatchObject(refused);
    await expect(loadPolicy(place.file, place.log)).rejects.toMatchObject(refused);
  });

  it('cannot be a file below a file', async () => {
    using place = aFile(rule('frob'));
    await expect(loadPolicy(`${place.file}/policy.yaml`, place.log)).rejects.toMatchObject({
      code: 'config_invalid',
      message: `${place.file}/policy.yaml: cannot be read (ENOTDIR)`,
    });
  });

  it('fails as it does where another try may do better', async () => {
    using place = aFile();
    symlinkSync('/proc/self/mem', place.file);
    await expect(loadPolicy(place.file, place.log)).rejects.toMatchObject({ code: 'EIO' });
  });
});

describe('policy.yaml', () => {
  it('is in force at once, and warned of where others can read it', async () => {
    using place = aFile(rule('frob'));
    chmodSync(place.file, 0o644);
    using policy = await opened(place);
    expect(policy.inForce).toEqual([['frob']]);
    expect(place.said).toEqual([expect.stringMatching(/^warn .*can be read by others: chmod 600/)]);
  });

  it('is taken in when it changes, and stays as it was while it is broken', async () => {
    using place = aFile(rule('frob'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    using policy = await opened(place);

    place.write('version: 1\nruls: []\n');
    expect(await policy.next()).toMatch(/^error .*policy\.yaml:2:1: ruls: .*\. The old policy stays\.$/);
    expect(policy.problem()).toBe('policy.yaml has a mistake: what it said before is in force');
    expect(policy.inForce).toEqual([['frob']]);

    place.write(rule('frob'));
    await looking(() => policy.problem() === undefined);
    expect(policy.problem()).toBeUndefined();
    expect(policy.inForce).toEqual([['frob']]);

    place.write(rule('grob'));
    expect(await policy.next()).toMatch(/^info {"version":"[0-9a-f]{12}"} .*policy\.yaml was taken in$/);
    expect(policy.inForce).toEqual([['frob'], ['grob']]);

    rmSync(place.file);
    expect(await policy.next()).toBe(`info {"version":"${builtInPolicy.version}"} ${place.file} was taken in`);
    expect(policy.inForce).toEqual([['frob'], ['grob'], []]);
    expect(place.said).toHaveLength(3);
  });

  it('is tried again where it could not be read for a reason that may pass', async () => {
    using place = aFile(rule('frob'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    using policy = await opened(place);
    rmSync(place.file);
    symlinkSync('/proc/self/mem', place.file);
    expect(await policy.next()).toMatch(/^error .* changed and could not be taken in$/);
    expect(await policy.next()).toMatch(/^error .* changed and could not be taken in$/);
    expect(policy.problem()).toBeDefined();
    expect(policy.inForce).toEqual([['frob']]);
  });

  it('is not taken in any more once nobody keeps it in force', async () => {
    using place = aFile(rule('frob'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const policy = await opened(place);
    policy[Symbol.dispose]();
    place.write(rule('grob'));
    let turns = 0;
    await looking(() => (turns += 1) > 100);
    expect(policy.inForce).toEqual([['frob']]);
  });
});
