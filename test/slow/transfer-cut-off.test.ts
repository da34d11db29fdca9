import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/base/errors.ts';
import type { Transferred } from '../../src/ssh/transfer/transfer.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { startTcpProxy } from '../fixtures/tcp-proxy.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { transfersWith } from '../fixtures/transfers.ts';

const mebibyte = 1024 * 1024;
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

describe('a transfer whose connection is cut again and again', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  it('leaves no half file under the name, and comes to its end by going on', async () => {
    using folder = temporaryFolder();
    const at = (name: string): string => join(folder.path, name);
    mkdirSync(at('host'));
    mkdirSync(at('transfers'), { mode: 0o700 });
    const data = randomBytes(48 * mebibyte);
    writeFileSync(at('transfers/a'), data);
    writeFileSync(at('host/a'), 'old');
    await using proxy = await startTcpProxy(sshd.port);
    const host = sshd.host({ port: proxy.port, pinnedHostKeys: [hostKeyOf(sshd)] });
    const partialSize = (): number => {
      const partial = readdirSync(at('host')).find((name) => name.endsWith('.part'));
      return partial === undefined ? 0 : (statSync(at(`host/${partial}`), { throwIfNoEntry: false })?.size ?? 0);
    };
    const kept: number[] = [];
    let done: Transferred | undefined;
    for (let attempt = 0; attempt < 6 && done === undefined; attempt += 1) {
      await using with_ = transfersWith(host, at('transfers'));
      const over = new AbortController();
      const result = with_.transfer('up', { from: 'a', to: at('host/a') }).catch((error: unknown) => error);
      void result.finally(() => over.abort());
      while (!over.signal.aborted && partialSize() <= (kept.at(-1) ?? 0)) await sleep(1);
      proxy.cutAll();
      const ended = await result;
      const now = readFileSync(at('host/a'));
      expect(now.equals(data) || now.toString() === 'old').toBe(true);
      if (ended instanceof GatewayError) kept.push(partialSize());
      else done = ended as Transferred;
    }
    await using last = transfersWith(host, at('transfers'));
    done ??= await last.transfer('up', { from: 'a', to: at('host/a') });
    expect(done).toMatchObject({ kind: 'file', copied: { kind: 'copied', sha256: sha256(data) } });
    expect(readFileSync(at('host/a')).equals(data)).toBe(true);
    expect(readdirSync(at('host'))).toEqual(['a']);
    // It went on, and never back.
    expect(kept.length).toBeGreaterThan(0);
    expect(kept).toEqual(kept.toSorted((a, b) => a - b));
  }, 60_000);
});

function hostKeyOf(sshd: Sshd): string {
  return sshd.hostKeys[0]?.publicLine.split(' ').slice(0, 2).join(' ') ?? '';
}
