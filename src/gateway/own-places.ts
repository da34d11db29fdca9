import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { matchesGlob } from '../base/glob.ts';

const maxLinks = 40;
/** Files and directories that are known by more than their names, in each place. */
const maxKnown = 1_000;
const knownForMs = 2_000;

interface Known {
  /** As they are configured, and without links. */
  readonly roots: readonly string[];
  /** Device and inode of the places and of what is right below them: under whatever name, they are the same. */
  readonly identities: ReadonlySet<string>;
}

/** Where the gateway keeps its own files on this machine. */
export class OwnPlaces {
  readonly #given: readonly string[];
  #known: Promise<Known> | undefined;
  #knownAt = -Infinity;

  constructor(places: readonly string[]) {
    this.#given = places;
  }

  /** Whether the text has the path of one of them in it, wherever that stands. */
  async areIn(text: string): Promise<boolean> {
    const plain = text.replace(/\/(?:\.?\/)+/g, '/');
    return (await this.#now()).roots.some((root) => occursIn(plain, root));
  }

  /** Whether the path, which may be a pattern, leads into one of them by its name. */
  async areNamed(path: string): Promise<boolean> {
    const named = patternOf(path);
    return (await this.#now()).roots.some((root) => leadsInto(named, root));
  }

  /** The same by links, by hard links or by other mounts of the same. */
  async areReached(path: string): Promise<boolean> {
    const { roots, identities } = await this.#now();
    const real = await realPath(atHome(path));
    if (roots.some((root) => leadsInto(real, root))) return true;
    const found = await Promise.all(upwards(real).map(identityOf));
    return found.some((identity) => identity !== undefined && identities.has(identity));
  }

  /** Whether one of them is below the path. */
  async areBelow(path: string): Promise<boolean> {
    const { roots } = await this.#now();
    const above = path === '/' ? '/' : `${path}/`;
    return roots.some((root) => root.startsWith(above));
  }

  #now(): Promise<Known> {
    const now = performance.now();
    if (this.#known === undefined || now - this.#knownAt > knownForMs) {
      this.#knownAt = now;
      this.#known = look(this.#given);
    }
    return this.#known;
  }
}

async function look(given: readonly string[]): Promise<Known> {
  const real = await Promise.all(given.map(realPath));
  const identities = await Promise.all(real.map(identitiesAt));
  return { roots: [...new Set([...given, ...real])], identities: new Set(identities.flat()) };
}

async function identitiesAt(root: string): Promise<readonly string[]> {
  const names = await readdir(root).catch(() => []);
  const paths = [root, ...names.slice(0, maxKnown).map((name) => join(root, name))];
  return (await Promise.all(paths.map(identityOf))).filter((identity) => identity !== undefined);
}

/** Undefined where there is nothing, or where we may not look. */
async function identityOf(path: string): Promise<string | undefined> {
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  return stats && `${stats.dev}:${stats.ino}`;
}

/** Without links, as far as the path is there and may be looked at. */
async function realPath(path: string): Promise<string> {
  let [at, rest] = [path, ''];
  for (let links = 0; at !== '/';) {
    const real = await realpath(at).catch(() => undefined);
    if (real !== undefined) return join(real, rest);
    const target = links < maxLinks ? await readlink(at).catch(() => undefined) : undefined;
    if (target === undefined) [at, rest] = [dirname(at), join(basename(at), rest)];
    else [at, links] = [resolve(dirname(at), target), links + 1];
  }
  return join('/', rest);
}

/** The account's home is not known: it is taken for the gateway's own, whose files these are. */
function atHome(path: string): string {
  return path.startsWith('~') ? join(homedir(), path.replace(/^~[^/]*/, '')) : path;
}

function patternOf(path: string): string {
  return atHome(path).replace(/\[[^\]/]*\]|\?/g, '*');
}

/** The path and every directory above it, but for the root. */
function upwards(path: string): readonly string[] {
  return path === '/' ? [] : [path, ...upwards(dirname(path))];
}

function occursIn(text: string, root: string): boolean {
  for (let at = text.indexOf(root); at !== -1; at = text.indexOf(root, at + 1)) {
    if (!/[\w-]/.test(text.charAt(at + root.length))) return true;
  }
  return false;
}

/** By name alone. Files that are kept beside it under its name and a dot, as old logs are, count too. */
function leadsInto(path: string, root: string): boolean {
  const wanted = root.split('/');
  const given = path.split('/');
  if (given.length < wanted.length) return false;
  return wanted.every((name, index) => {
    const one = given[index] ?? '';
    return one === name || matchesGlob(one, name) || (index === wanted.length - 1 && one.startsWith(`${name}.`));
  });
}
