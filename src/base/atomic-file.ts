import { constants } from 'node:fs';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, basename, join } from 'node:path';
import { hasErrorCode } from './error-code.ts';

/**
 * Replaces a file so that readers, and we after a crash, see the old text or the new, never a part.
 *
 * A new file gets mode 0600; one that exists keeps its owner and mode, less the right of others to write. Only one
 * process may do this to one file at a time: hold its lock.
 */
export async function replaceFile(file: string, text: string | Uint8Array): Promise<void> {
  const directory = dirname(file);
  const temporary = join(directory, `.${basename(file)}.new`);
  await rm(temporary, { force: true });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  try {
    await using handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    await handle.writeFile(text);
    await keepOwnership(handle, file);
    await handle.sync();
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}

async function keepOwnership(handle: FileHandle, file: string): Promise<void> {
  try {
    const [old, made] = [await stat(file), await handle.stat()];
    if (old.uid !== made.uid || old.gid !== made.gid) await handle.chown(old.uid, old.gid);
    await handle.chmod(old.mode & 0o755);
  } catch (error) {
    // EPERM: the file was another's and we may not give ours away; it stays ours, mode 0600.
    if (!hasErrorCode(error, 'ENOENT') && !hasErrorCode(error, 'EPERM')) throw error;
  }
}

/** The new name itself must survive a power cut, not only the bytes. */
async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, constants.O_RDONLY);
  await handle.sync();
}
