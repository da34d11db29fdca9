import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { canonicalJson } from '../../base/canonical-json.ts';
import { GatewayError } from '../../base/errors.ts';
import { isEntryName, isPartial } from './names.ts';
import type { Place } from './place.ts';

/** More is not hashed before a person is asked: it would take longer than a call may. */
const maxFiles = 1_000;
const maxBytes = 256 * 1024 * 1024;
const maxMs = 20_000;

/** What a transfer would carry, as it is at the moment. */
export interface SourceListing {
  readonly kind: 'file' | 'directory';
  readonly files: number;
  readonly bytes: number;
  /** By their absolute paths: the SHA-256 of a file, or `-> ` and where a link points. */
  readonly contents: ReadonlyMap<string, string>;
  /** SHA-256 of the file, or of the list of all that is in the directory. */
  readonly sha256: string;
}

/** `too_large`: more than is hashed. */
export type ListedSource = SourceListing | { readonly kind: 'too_large' };

/** Lists what a transfer from there would carry; what it leaves out is not in it. */
export async function listSource(from: Place, source: string): Promise<ListedSource> {
  const facts = await from.lookAt(source);
  if (facts === undefined) throw noSource(from, source);
  const listing = new Listing(from);
  if (facts.type !== 'directory') {
    if (!(await listing.add(source, facts.sizeBytes))) return { kind: 'too_large' };
    return { ...listing.totals(), kind: 'file', sha256: listing.contents.get(source) ?? '' };
  }
  const isWhole = await listing.addBelow(source);
  return isWhole ? { ...listing.totals(), kind: 'directory', sha256: listing.hash(source) } : { kind: 'too_large' };
}

export function noSource(from: Place, source: string): GatewayError {
  const message = `There is no ${from.shown(source)} on ${from.name}. Look with list_directory.`;
  return new GatewayError('path_not_found', message);
}

class Listing {
  readonly contents = new Map<string, string>();
  readonly #from: Place;
  readonly #endsAt = performance.now() + maxMs;
  #files = 0;
  #bytes = 0;
  #entries = 0;

  constructor(from: Place) {
    this.#from = from;
  }

  totals(): Pick<SourceListing, 'files' | 'bytes' | 'contents'> {
    return { files: this.#files, bytes: this.#bytes, contents: this.contents };
  }

  hash(top: string): string {
    const sorted = [...this.contents].map(([path, content]) => [posix.relative(top, path), content] as const);
    const byPath = sorted.toSorted(([a], [b]) => Number(a > b) - Number(a < b));
    return createHash('sha256').update(canonicalJson(byPath)).digest('hex');
  }

  /** False where it is too much. */
  async add(path: string, sizeBytes: number): Promise<boolean> {
    this.#files += 1;
    this.#bytes += sizeBytes;
    if (this.#files > maxFiles || this.#bytes > maxBytes || performance.now() > this.#endsAt) return false;
    this.contents.set(path, await this.#from.hash(path, sizeBytes));
    return true;
  }

  async addBelow(top: string): Promise<boolean> {
    const waiting = [top];
    for (let directory = waiting.shift(); directory !== undefined; directory = waiting.shift()) {
      for await (const entry of this.#from.entries(directory)) {
        this.#entries += 1;
        if (entry === 'limit' || this.#entries > maxFiles * 2) return false;
        const { name, facts } = entry;
        if (name === '.' || name === '..' || isPartial(name) || !isEntryName(name)) continue;
        const path = posix.join(directory, name);
        if (facts.type === 'directory') waiting.push(path);
        else if (facts.type === 'symlink') this.contents.set(path, linkTo(await this.#from.readLink(path)));
        else if (facts.type === 'file' && !(await this.add(path, facts.sizeBytes))) return false;
      }
    }
    return true;
  }
}

/** A link among the contents. */
export function linkTo(target: string): string {
  return `-> ${target}`;
}
