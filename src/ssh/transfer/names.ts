import { createHash } from 'node:crypto';
import { posix } from 'node:path';

/** The longest name that file systems of Linux take (NAME_MAX), in bytes. */
const maxNameBytes = 255;
const partialName = /^\..*\.sallyport-[0-9a-f]{16}\.part$/s;

/** The name of the partial file of a transfer from that source: the same at each attempt. */
export function partialBeside(target: string, source: string): string {
  const id = createHash('sha256').update(source).digest('hex').slice(0, 16);
  const short = Array.from(posix.basename(target)).slice(0, 50).join('');
  return posix.join(posix.dirname(target), `.${short}.sallyport-${id}.part`);
}

/** A file that a transfer has left unfinished: no part of what is in a directory. */
export function isPartial(name: string): boolean {
  return partialName.test(name) || /^\..*\.sallyport-[0-9a-f]{12}\.tmp$/s.test(name);
}

/**
 * Whether a name in a listing is that of an entry of the directory, and can be handed on. A hostile server may list
 * others, to have files written elsewhere; what was not UTF-8 is no longer the name that it was.
 */
export function isEntryName(name: string): boolean {
  const isNone = name === '' || name === '.' || name === '..';
  return !isNone && !/[/\0\uFFFD]/.test(name) && Buffer.byteLength(name) <= maxNameBytes;
}

/**
 * Whether a link that stands `depth` directories below the top of a tree stays within the tree, whatever other such
 * links are there: it goes up first, not above the top, and then only down.
 */
export function staysWithin(target: string, depth: number): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0')) return false;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const down = parts.findIndex((part) => part !== '..');
  const ups = down === -1 ? parts.length : down;
  return ups <= depth && !parts.slice(ups).includes('..');
}
