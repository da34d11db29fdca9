import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '../base/errors.ts';
import { thisProcess } from '../base/process-identity.ts';
import type { HostId } from '../hosts/host.ts';
import { isPathAction, type Action, type PathAction } from '../policy/action.ts';
import { pathsNamed } from '../policy/named-paths.ts';
import { OwnPlaces } from './own-places.ts';

/** Twice: what came in while this process was busy is seen before the second has passed. */
const lookMs = 2_000;
const lookingAtOnce = 2;
/** Of one command. */
const maxLooks = 128;
const knownForMs = 10 * 60_000;

interface Whereabouts {
  readonly isHere: boolean;
  readonly at: number;
}

/**
 * Which actions would be about the gateway's own files if their host were the machine that it runs on, and which hosts are.
 *
 * Where no one can tell, it is taken to be so.
 */
export class OwnFiles {
  readonly #places: OwnPlaces | undefined;
  readonly #bootId: string;
  readonly #hosts = new Map<HostId, Whereabouts>();
  readonly #lanes: Promise<unknown>[] = Array.from({ length: lookingAtOnce }, () => Promise.resolve());
  #lane = 0;

  /** Without places, nothing is kept from anybody. */
  constructor(places: readonly string[], bootId: string = thisProcess().bootId) {
    this.#places = places.length === 0 ? undefined : new OwnPlaces(places);
    this.#bootId = bootId;
  }

  /** Of those whose hosts are not known to be other machines. */
  async among(actions: readonly Action[]): Promise<ReadonlySet<Action>> {
    const places = this.#places;
    if (places === undefined) return new Set();
    const texts = new Map<string, Promise<boolean>>();
    const isAbout = async (action: Action): Promise<boolean> => {
      if (action.kind !== 'run_command' && !isPathAction(action)) return false;
      if (this.isHere(action.host) === false) return false;
      if (isPathAction(action)) return await this.#isPathAbout(places, action);
      const known = texts.get(action.command) ?? this.#isTextAbout(places, action.command);
      texts.set(action.command, known);
      return await known;
    };
    const about = await Promise.all(actions.map(isAbout));
    return new Set(actions.filter((_, index) => about[index]));
  }

  /** Undefined: it must be asked. */
  isHere(host: HostId): boolean | undefined {
    const known = this.#hosts.get(host);
    return known === undefined || performance.now() - known.at > knownForMs ? undefined : known.isHere;
  }

  /** What the host says of itself. */
  learn(host: HostId, bootId: string): void {
    const isHere = this.#bootId === '' || bootId.includes(this.#bootId);
    this.#hosts.set(host, { isHere, at: performance.now() });
  }

  forget(hosts: ReadonlySet<HostId>): void {
    for (const host of hosts) this.#hosts.delete(host);
  }

  async #isPathAbout(places: OwnPlaces, { path, resolved, tree, query }: PathAction): Promise<boolean> {
    const real = resolved ?? path;
    if ((tree === true || query !== undefined) && (await places.areBelow(real))) return true;
    return (await places.areNamed(real)) || (await this.#look(() => places.areReached(real)));
  }

  async #isTextAbout(places: OwnPlaces, command: string): Promise<boolean> {
    if (await places.areIn(command)) return true;
    const paths = pathsNamed(command);
    if (paths === 'too_many' || (await anyOf(paths, (path) => places.areNamed(path)))) return true;
    // A word without a slash is hardly ever a path.
    const looked = paths.filter((path) => !/^~\/[^/]*$/.test(path));
    if (looked.length > maxLooks) return true;
    return looked.length > 0 && (await this.#look(() => anyOf(looked, (path) => places.areReached(path))));
  }

  /**
   * So few at once that a disk which does not answer leaves the others of the process theirs, and does not keep calls.
   * Throws `busy` where it takes too long.
   */
  async #look(work: () => Promise<boolean>): Promise<boolean> {
    this.#lane = (this.#lane + 1) % lookingAtOnce;
    const looking = (this.#lanes[this.#lane] ?? Promise.resolve()).then(work);
    this.#lanes[this.#lane] = looking.catch(() => true);
    const over = new AbortController();
    const pause = (): Promise<void> => sleep(lookMs, undefined, { signal: over.signal, ref: false });
    const tooLong = pause().then(pause);
    tooLong.catch(() => undefined);
    const found = await Promise.race([looking, tooLong.then(() => undefined)]).finally(() => over.abort());
    if (found !== undefined) return found;
    const message =
      "Whether this is about the gateway's own files could not be told in time, so nothing was done. Try again.";
    throw new GatewayError('busy', message, { details: { retry_after_s: 5 } });
  }
}

async function anyOf(paths: readonly string[], is: (path: string) => Promise<boolean>): Promise<boolean> {
  for (const path of paths) if (await is(path)) return true;
  return false;
}
