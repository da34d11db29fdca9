import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkConfigFile } from '../../src/base/file-modes.ts';
import { needsRoot } from '../fixtures/machine.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

function aFile(folder: string, modes: { readonly file: number; readonly directory: number }): string {
  const directory = join(folder, 'config');
  mkdirSync(directory);
  const file = join(directory, 'servers.json');
  writeFileSync(file, '{}');
  chmodSync(file, modes.file);
  chmodSync(directory, modes.directory);
  return file;
}

describe('a configuration file', () => {
  it.each([
    { file: 0o600, directory: 0o700, warnings: 0 },
    { file: 0o644, directory: 0o755, warnings: 1 },
    { file: 0o640, directory: 0o1777, warnings: 1 },
  ])('is taken with $warnings warnings at $file in $directory', async ({ warnings, ...modes }) => {
    using folder = temporaryFolder();
    expect(await checkConfigFile(aFile(folder.path, modes))).toHaveLength(warnings);
  });

  it.each([
    { file: 0o620, directory: 0o700 },
    { file: 0o602, directory: 0o700 },
    { file: 0o600, directory: 0o770 },
    { file: 0o600, directory: 0o777 },
  ])('is refused at $file in $directory, with the command that mends it', async (modes) => {
    using folder = temporaryFolder();
    const refused = checkConfigFile(aFile(folder.path, modes));
    await expect(refused).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('chmod go-w'),
    });
  });

  it(...needsRoot('is refused when another user owns it'), async () => {
    using folder = temporaryFolder();
    const file = aFile(folder.path, { file: 0o600, directory: 0o700 });
    chownSync(file, 12_345, 12_345);
    await expect(checkConfigFile(file)).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('is fine when it is absent, and refused when it is a directory', async () => {
    using folder = temporaryFolder();
    expect(await checkConfigFile(join(folder.path, 'nothing'))).toEqual([]);
    chmodSync(folder.path, 0o700);
    mkdirSync(join(folder.path, 'd'));
    await expect(checkConfigFile(join(folder.path, 'd'))).rejects.toThrow('not a regular file');
  });
});
