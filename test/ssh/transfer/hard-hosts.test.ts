import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/base/errors.ts';
import type { Host } from '../../../src/hosts/host.ts';
import { attributes, packet, packetType, statusCode, string, uint32 } from '../../../src/ssh/files/sftp-packets.ts';
import { startDropbear } from '../../fixtures/dropbear.ts';
import { needsRoot } from '../../fixtures/machine.ts';
import { inTurn, said, startScriptedSftp, whenAsked, type SftpScript } from '../../fixtures/scripted-sftp.ts';
import { startSshd } from '../../fixtures/sshd.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { transfersWith } from '../../fixtures/transfers.ts';

const mebibyte = 1024 * 1024;
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

async function there(host: Host, size = 3 * mebibyte) {
  using folder = temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  const data = randomBytes(size);
  mkdirSync(at('host'), { mode: 0o777 });
  mkdirSync(at('transfers'), { mode: 0o700 });
  writeFileSync(at('transfers/a'), data);
  await using with_ = transfersWith(host, at('transfers'));
  const up = await with_.transfer('up', { from: 'a', to: at('host/a') });
  const down = await with_.transfer('down', { from: at('host/a'), to: 'b' });
  expect([up, down]).toMatchObject([{ copied: { sha256: sha256(data) } }, { copied: { sha256: sha256(data) } }]);
  expect(readFileSync(at('transfers/b')).equals(data)).toBe(true);
  expect([readdirSync(at('host')), readdirSync(at('transfers'))]).toEqual([['a'], ['a', 'b']]);
}

describe('a transfer', () => {
  it('is verified over SFTP alone on a host that runs no commands', async () => {
    await using sshd = await startSshd({ config: ['ForceCommand internal-sftp'] });
    await there(sshd.host());
  });

  it('replaces files on a server that cannot rename over them', async () => {
    await using sshd = await startSshd({ config: ['ForceCommand internal-sftp -P posix-rename'] });
    await there(sshd.host());
    await there(sshd.host(), 100);
  });

  it('goes to and from a host that runs Dropbear', async () => {
    await using dropbear = await startDropbear();
    await there(dropbear.host());
  });

  it(...needsRoot('does not go where the account may not write, and says so'), async () => {
    await using sshd = await startSshd({ login: 'ordinary' });
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'a'), 'x');
    await using with_ = transfersWith(sshd.host(), folder.path);
    await expect(with_.transfer('up', { from: 'a', to: '/usr/local/a' })).rejects.toMatchObject({
      code: 'host_permission_denied',
    });
    expect(existsSync('/usr/local/a')).toBe(false);
  });
});

describe('a transfer from a hostile host', () => {
  const aTree = whenAsked(packetType.lstat, (id) => said.directory(id));
  /** Lists these once in the first directory that is asked for. */
  const listing = (...names: readonly (string | Buffer)[]): SftpScript => {
    let isListed = false;
    return whenAsked(packetType.readdir, (id) => {
      if (isListed) return said.status(id, statusCode.endOfFile);
      isListed = true;
      return said.names(id, ...names.map((name) => ({ name })));
    });
  };
  const from = async (script: SftpScript) => {
    using folder = temporaryFolder();
    await using sftp = await startScriptedSftp(script);
    mkdirSync(join(folder.path, 'transfers'), { mode: 0o700 });
    await using with_ = transfersWith(sftp.host(), join(folder.path, 'transfers'));
    const answer = await with_.transfer('down', { from: '/srv', to: 'in' }).catch((error: unknown) => error);
    return { answer, files: readdirSync(folder.path, { recursive: true }).map(String).toSorted() };
  };

  it.each(['../evil', '/etc/evil', 'a/../../evil', 'x\0y'])('breaks off at a listing with %j', async (name) => {
    const { answer, files } = await from(inTurn(aTree, listing('fine', name)));
    expect(answer).toBeInstanceOf(GatewayError);
    expect(files.filter((file) => file.includes('evil'))).toEqual([]);
    expect(files.every((file) => file === 'transfers' || file.startsWith('transfers/'))).toBe(true);
  });

  it('skips the names that every directory has, and those that are not UTF-8', async () => {
    const script = inTurn(aTree, listing('.', '..', Buffer.from([0x66, 0xff]), 'ok'));
    const { answer, files } = await from(script);
    expect(answer).toMatchObject({ kind: 'directory', tree: { problemCount: 2 } });
    expect(files).toEqual(['transfers', 'transfers/in']);
  });

  it('takes no more of a file than it was said to have', async () => {
    const size = 2 * mebibyte;
    const endless = inTurn(
      whenAsked(packetType.lstat, (id) => said.file(id, size)),
      whenAsked(packetType.fstat, (id) => said.file(id, size)),
      ({ type, id, body }, say) => {
        if (type !== packetType.read) return undefined;
        body.bytes();
        body.uint64();
        say(said.data(id, Buffer.alloc(Math.min(1000, body.uint32()))));
        return 'said';
      },
    );
    const { answer, files } = await from(endless);
    expect(answer).toMatchObject({ copied: { kind: 'copied', bytes: size } });
    expect(files).toEqual(['transfers', 'transfers/in']);
  });

  it('does not take a file that ends before it was said to for whole', async () => {
    for (const size of [1000, 3 * mebibyte]) {
      const short = inTurn(
        whenAsked(packetType.lstat, (id) => said.file(id, size)),
        whenAsked(packetType.fstat, (id) => said.file(id, size)),
      );
      const { answer, files } = await from(short);
      expect(answer).toMatchObject({ code: 'conflict' });
      expect(files).toEqual(['transfers']);
    }
  });

  it('does not wait for one that says no more', async () => {
    const silent = inTurn(
      whenAsked(packetType.lstat, (id) => said.file(id, 5 * mebibyte)),
      whenAsked(packetType.fstat, (id) => said.file(id, 5 * mebibyte)),
      whenAsked(packetType.read, () => undefined),
    );
    const mute: SftpScript = (question, say) => (question.type === packetType.read ? 'said' : silent(question, say));
    const startedAt = performance.now();
    const { answer } = await from(mute);
    expect(answer).toMatchObject({ code: 'host_unreachable' });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it('makes no link that leads out of the directory', async () => {
    const link = (id: Buffer): Buffer => {
      const entry = Buffer.concat([string('l'), string(''), attributes({ mode: 0o120777, size: 1 })]);
      return packet(packetType.name, id, uint32(1), entry);
    };
    let isListed = false;
    const script = inTurn(
      aTree,
      whenAsked(packetType.readdir, (id) => {
        if (isListed) return said.status(id, statusCode.endOfFile);
        isListed = true;
        return link(id);
      }),
      whenAsked(packetType.readlink, (id) => said.names(id, { name: '../../../../etc' })),
    );
    const { answer, files } = await from(script);
    expect(answer).toMatchObject({ tree: { links: 0, problemCount: 1 } });
    expect(files).toEqual(['transfers', 'transfers/in']);
  });
});
