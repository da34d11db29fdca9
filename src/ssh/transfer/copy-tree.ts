import { posix } from 'node:path';
import { GatewayError } from '../../base/errors.ts';
import { endings } from '../files/file-error.ts';
import { copyFile, mustBeApproved, type Copying } from './copy-file.ts';
import { isEntryName, isPartial, staysWithin } from './names.ts';
import type { FileFacts, PlacedEntry } from './place.ts';
import { linkTo } from './source-listing.ts';

/** Small files under way at once. */
const filesAtOnce = 32;
/** A larger file goes by itself, once the others are there. */
const smallBytes = 1024 * 1024;
const maxDepth = 64;
const maxEntries = 200_000;
const maxLinks = 20_000;
const maxProblems = 20;

export interface TreeReport {
  readonly files: { copied: number; unchanged: number; existing: number; failed: number };
  directories: number;
  links: number;
  bytes: number;
  /** Some of what was left out, and why. */
  readonly problems: { readonly path: string; readonly why: string }[];
  problemCount: number;
  /** False where it was stopped before it came to everything. */
  isComplete: boolean;
}

interface Found {
  /** From the top, such as `a/b`. */
  readonly path: string;
  readonly facts: FileFacts;
}

/** After these, the rest has no better chance. */
const hopeless: ReadonlySet<string> = new Set([...endings, 'disk_full', 'rate_limited']);

/**
 * Copies a directory with all that is in it into another, which is made where there is none.
 *
 * Links are not followed: those that stay within the tree are made anew once all files are there, others are left out.
 * Where the target has a link, nothing is written through it. One file that fails does not keep the others.
 */
export async function copyTree(copying: Copying, source: string, target: string): Promise<TreeReport> {
  const tree = new TreeCopy(copying, source, target);
  await tree.run();
  return tree.report;
}

class TreeCopy {
  readonly report: TreeReport = {
    files: { copied: 0, unchanged: 0, existing: 0, failed: 0 },
    directories: 0,
    links: 0,
    bytes: 0,
    problems: [],
    problemCount: 0,
    isComplete: true,
  };
  readonly #copying: Copying;
  readonly #source: string;
  readonly #target: string;
  readonly #large: Found[] = [];
  readonly #links: Found[] = [];
  #entries = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(copying: Copying, source: string, target: string) {
    this.#copying = copying;
    this.#source = source;
    this.#target = target;
  }

  async run(): Promise<void> {
    const files = this.#smallFiles();
    const worker = async (): Promise<void> => {
      // Asked for one at a time: a generator answers in turns.
      for (let next = await files.next(); !next.done; next = await files.next()) await this.#copy(next.value);
    };
    const workers = Array.from({ length: filesAtOnce }, () => worker().catch((error: unknown) => this.#failed(error)));
    await Promise.all(workers);
    for (const file of this.#large) await this.#copy(file);
    for (const one of this.#links) await this.#link(one);
    if (this.#failure) throw this.#failure.error;
  }

  get #isOver(): boolean {
    if (this.#failure !== undefined) return true;
    if (this.#copying.isTimeUp()) this.report.isComplete = false;
    return !this.report.isComplete;
  }

  #failed(error: unknown): void {
    this.#failure ??= { error };
  }

  /** The directories from the top down, each made before what is in it is copied. */
  async *#smallFiles(): AsyncGenerator<Found> {
    const waiting = [''];
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      if (this.#isOver) return;
      try {
        for await (const entry of this.#copying.from.entries(posix.join(this.#source, path))) {
          if (this.#isOver) return;
          const found = this.#taken(path, entry);
          if (found === undefined) continue;
          const { type, sizeBytes } = found.facts;
          if (type === 'directory') {
            if (await this.#makeDirectory(found)) waiting.push(found.path);
          } else if (type === 'symlink') this.#links.push(found);
          else if (sizeBytes > smallBytes) this.#large.push(found);
          else yield found;
        }
      } catch (error) {
        this.#couldNot(path === '' ? '.' : path, this.#copying.from.explained(posix.join(this.#source, path), error));
        if (path === '') throw error;
      }
    }
  }

  /** Undefined for what is no entry, or none that is copied. */
  #taken(directory: string, entry: PlacedEntry | 'limit'): Found | undefined {
    if (entry === 'limit') {
      this.#leftOut(directory, 'it has too many entries: the others were not looked at');
      return undefined;
    }
    const { name, facts } = entry;
    if (name === '.' || name === '..' || isPartial(name)) return undefined;
    const path = posix.join(directory, isEntryName(name) ? name : '?');
    this.#entries += 1;
    if (this.#entries > maxEntries) throw tooMany(`more than ${maxEntries} entries`);
    if (this.#links.length > maxLinks) throw tooMany(`more than ${maxLinks} links`);
    if (!isEntryName(name)) this.#leftOut(path, 'its name is not one that can be handed on');
    else if (facts.type === 'directory' && path.split('/').length > maxDepth) this.#leftOut(path, 'it is too deep');
    else if (facts.type !== 'file' && facts.type !== 'directory' && facts.type !== 'symlink') {
      this.#leftOut(path, `it is a ${facts.type}`);
    } else return { path, facts };
    return undefined;
  }

  async #makeDirectory({ path, facts }: Found): Promise<boolean> {
    const { to } = this.#copying;
    const target = posix.join(this.#target, path);
    try {
      const old = await to.lookAt(target);
      if (old !== undefined && old.type !== 'directory') {
        this.#leftOut(path, `there is a ${old.type} in its place`);
        return false;
      }
      // We write into it, whatever the mode of the source.
      if (old === undefined) await to.makeDirectory(target, facts.mode | 0o700);
      this.report.directories += 1;
      return true;
    } catch (error) {
      this.#couldNot(path, to.explained(target, error));
      return false;
    }
  }

  async #copy({ path }: Found): Promise<void> {
    if (this.#isOver) return;
    const { files } = this.report;
    try {
      const copied = await copyFile(this.#copying, posix.join(this.#source, path), posix.join(this.#target, path));
      switch (copied.kind) {
        case 'copied':
          files.copied += 1;
          this.report.bytes += copied.bytes;
          break;
        case 'unchanged':
          files.unchanged += 1;
          break;
        case 'exists':
          files.existing += 1;
          break;
        case 'paused':
          this.report.isComplete = false;
          break;
      }
    } catch (error) {
      files.failed += 1;
      this.#couldNot(path, error);
    }
  }

  async #link({ path }: Found): Promise<void> {
    if (this.#isOver) return;
    const { from, to } = this.#copying;
    const target = posix.join(this.#target, path);
    try {
      const leadsTo = await from.readLink(posix.join(this.#source, path));
      if (!staysWithin(leadsTo, path.split('/').length - 1)) {
        this.#leftOut(path, 'it is a link that leads out of the directory');
        return;
      }
      mustBeApproved(this.#copying, posix.join(this.#source, path), linkTo(leadsTo));
      const old = await to.lookAt(target);
      const isSame = old?.type === 'symlink' && (await to.readLink(target)) === leadsTo;
      if (old !== undefined && !isSame) this.#leftOut(path, `there is a ${old.type} in its place`);
      if (old === undefined) await to.makeLink(target, leadsTo);
      if (old === undefined || isSame) this.report.links += 1;
    } catch (error) {
      this.#couldNot(path, to.explained(target, error));
    }
  }

  #couldNot(path: string, error: unknown): void {
    if (!(error instanceof GatewayError) || hopeless.has(error.code)) this.#failed(error);
    else this.#leftOut(path, `${error.code}: ${error.message}`);
  }

  #leftOut(path: string, why: string): void {
    const { problems } = this.report;
    this.report.problemCount += 1;
    if (problems.length < maxProblems) problems.push({ path, why });
  }
}

function tooMany(what: string): GatewayError {
  return new GatewayError('too_large', `The directory has ${what}. Transfer parts of it, or an archive.`, {
    ran: 'may_have_run',
  });
}
