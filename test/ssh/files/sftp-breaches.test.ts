import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packet, packetType, statusCode, string, uint32 } from '../../../src/ssh/files/sftp-packets.ts';
import { FileAccess, work, type Work } from '../../fixtures/file-access.ts';
import {
  aDirectory,
  inTurn,
  said,
  startScriptedSftp,
  whenAsked,
  type SftpScript,
} from '../../fixtures/scripted-sftp.ts';
import { startSshd, type Sshd } from '../../fixtures/sshd.ts';

describe('an SFTP server that breaks the protocol', () => {
  let honest: Sshd;
  beforeAll(async () => {
    honest = await startSshd();
  });
  afterAll(() => honest[Symbol.asyncDispose]());

  const breaches: readonly { does: string; call: Work; script: SftpScript }[] = [
    {
      does: 'reads more than it was asked for',
      call: 'read',
      script: whenAsked(packetType.read, (id) => said.data(id, Buffer.alloc(200_000))),
    },
    {
      does: 'answers a read with success',
      call: 'read',
      script: whenAsked(packetType.read, (id) => said.status(id, statusCode.ok)),
    },
    {
      does: 'answers a write with data',
      call: 'write',
      script: whenAsked(packetType.write, (id) => said.data(id, Buffer.from('x'))),
    },
    {
      does: 'answers an open with attributes',
      call: 'read',
      script: whenAsked(packetType.open, (id) => said.file(id)),
    },
    {
      does: 'answers an open with success',
      call: 'write',
      script: whenAsked(packetType.open, (id) => said.status(id, statusCode.ok)),
    },
    { does: 'answers a stat with a handle', call: 'read', script: whenAsked(packetType.stat, (id) => said.handle(id)) },
    {
      does: 'has a handle of 257 bytes',
      call: 'read',
      script: whenAsked(packetType.open, (id) => said.handle(id, 'h'.repeat(257))),
    },
    { does: 'has an empty handle', call: 'read', script: whenAsked(packetType.open, (id) => said.handle(id, '')) },
    {
      does: 'answers what nobody asked',
      call: 'read',
      script: whenAsked(packetType.read, () => said.status(uint32(4_000_000), statusCode.ok)),
    },
    {
      does: 'answers twice',
      call: 'read',
      script: whenAsked(packetType.fstat, (id) => Buffer.concat([said.file(id), said.file(id)])),
    },
    {
      does: 'sends a packet of 4 GB',
      call: 'resolve',
      script: whenAsked(packetType.realpath, () => Buffer.from('ffffffff68', 'hex')),
    },
    {
      does: 'sends a packet one byte over the limit',
      call: 'resolve',
      script: whenAsked(packetType.realpath, () => Buffer.concat([uint32(256 * 1024 + 1), Buffer.alloc(100_000, 104)])),
    },
    { does: 'sends an empty packet', call: 'resolve', script: whenAsked(packetType.realpath, () => uint32(0)) },
    {
      does: 'sends a packet too short for an id',
      call: 'resolve',
      script: whenAsked(packetType.realpath, () => Buffer.from('0000000268ff', 'hex')),
    },
    {
      does: 'sends a status without a code',
      call: 'read',
      script: whenAsked(packetType.read, (id) => packet(packetType.status, id)),
    },
    {
      does: 'sends a packet of a kind that there is not',
      call: 'resolve',
      script: whenAsked(packetType.realpath, (id) => packet(222, id)),
    },
    {
      does: 'sends a string longer than its packet',
      call: 'resolve',
      script: whenAsked(packetType.realpath, (id) => packet(packetType.name, id, uint32(1), uint32(0x7fff_ffff))),
    },
    {
      does: 'counts four billion names and gives one',
      call: 'list',
      script: inTurn(
        aDirectory,
        whenAsked(packetType.readdir, (id) =>
          packet(packetType.name, id, uint32(0xffff_ffff), string('a'), string(''), uint32(0)),
        ),
      ),
    },
    {
      does: 'greets twice',
      call: 'resolve',
      script: whenAsked(packetType.realpath, () => packet(packetType.version, uint32(3))),
    },
    {
      does: 'resolves a path to several names',
      call: 'resolve',
      script: whenAsked(packetType.realpath, (id) => said.names(id, { name: '/a' }, { name: '/etc/shadow' })),
    },
    {
      does: 'resolves a path to no name',
      call: 'resolve',
      script: whenAsked(packetType.realpath, (id) => said.names(id)),
    },
    ...['../../etc/passwd', '/etc/passwd', 'a/b', '', 'a\0b', 'x'.repeat(5000)].map((name) => ({
      does: `lists a file named ${JSON.stringify(name).slice(0, 30)}`,
      call: 'list' as const,
      script: inTurn(
        aDirectory,
        whenAsked(packetType.readdir, (id) => said.names(id, { name: 'fine' }, { name })),
      ),
    })),
  ];

  it.each(breaches)('and $does is dropped', async ({ call, script }) => {
    await using hostile = await startScriptedSftp(script);
    await using access = new FileAccess([hostile.host(), honest.host()]);
    const other = access.read(honest.host(), '/etc/passwd');
    const error = await work[call](access, hostile.host()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'sftp_unavailable', ran: 'not_started' });
    expect(String(error)).toContain('broke the protocol');
    await expect.poll(() => hostile.connections).toBe(0);
    expect((await other).sizeBytes).toBeGreaterThan(0);
  });
});
