import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OwnFiles } from '../../src/gateway/own-files.ts';
import type { HostId } from '../../src/hosts/host.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

/** As many as Node has threads for its file system, and more. */
const threads = 16;

describe("whether something is about the gateway's own files, while its disk does not answer,", () => {
  it('is not guessed: the call is refused and may be tried again, and is decided once the disk answers', async () => {
    using folder = temporaryFolder();
    const fifo = join(folder.path, 'fifo');
    const file = join(folder.path, 'free');
    writeFileSync(file, '');
    execFileSync('mkfifo', [fifo]);
    const files = new OwnFiles([join(folder.path, 'config')]);
    const reading = { kind: 'read_path', host: 'web-1' as HostId, path: file, resolved: file } as const;
    expect((await files.among([reading])).size).toBe(0);
    // To open a pipe that nobody writes to takes for ever, and a thread each.
    const stalled = Array.from({ length: threads }, () => open(fifo, 'r'));
    await expect(files.among([reading])).rejects.toMatchObject({
      code: 'busy',
      details: { retry_after_s: 5 },
      message: expect.stringContaining('nothing was done'),
    });
    const writer = openSync(fifo, constants.O_RDWR);
    for (const handle of await Promise.all(stalled)) await handle.close();
    closeSync(writer);
    expect((await files.among([reading])).size).toBe(0);
  });
});
