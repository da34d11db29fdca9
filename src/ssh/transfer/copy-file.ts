import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { GatewayError } from '../../base/errors.ts';
import type { BegunChange, FileState } from '../../changes/change.ts';
import { temporaryBeside } from '../files/beside.ts';
import { partialBeside } from './names.ts';
import type { Place, SourceFile } from './place.ts';

/** A smaller file is sent whole, and again from its start if that fails. */
const resumableBytes = 1024 * 1024;

/** What to do with a file that is there already; `if_changed`: leave it if it has the same contents. */
export const overwriteModes = ['never', 'if_changed', 'always'] as const;
export type Overwrite = (typeof overwriteModes)[number];

export interface Copying {
  readonly from: Place;
  readonly to: Place;
  readonly overwrite: Overwrite;
  /** Whether the time for this call is up; what is half done is left to go on from. */
  readonly isTimeUp: () => boolean;
  /** Waited for: what throws keeps these bytes from being written. */
  readonly progressed: (bytes: number) => void | Promise<void>;
  /** Puts on record what a file was before another takes its place; absent where that is not done. */
  readonly record?: (
    target: string,
    after: FileState,
    existing: 'replace' | 'keep',
  ) => Promise<BegunChange | undefined>;
  /** Of files and links by their paths at the source: nothing else is copied. Absent: whatever is there. */
  readonly mustBe?: ReadonlyMap<string, string>;
  /** Partial files that are being written to by this process: one writer each. */
  readonly busy: Set<string>;
}

export type Copied =
  | {
      readonly kind: 'copied';
      readonly bytes: number;
      readonly sha256: string;
      readonly resumedFrom: number;
      /** Absent where no change was recorded. */
      readonly change?: Pick<BegunChange, 'id' | 'undo'> | undefined;
    }
  | { readonly kind: 'unchanged'; readonly bytes: number; readonly sha256: string }
  | { readonly kind: 'exists' }
  | { readonly kind: 'paused'; readonly bytes: number; readonly partial: string };

/**
 * Copies one file: it appears under its name in one step, once its hash is that of the source, with the source's mode.
 *
 * A large file is written to a partial one beside it, which the next call goes on from while its bytes are those of the
 * source.
 */
export async function copyFile(copying: Copying, source: string, target: string): Promise<Copied> {
  const { from, to, overwrite } = copying;
  await using file = await at(from, source, () => from.openSource(source));
  const { sizeBytes } = file.facts;
  const old = await at(to, target, () => to.lookAt(target));
  if (old && old.type !== 'file') {
    const code = old.type === 'directory' ? 'is_a_directory' : 'path_not_permitted';
    throw new GatewayError(
      code,
      `${to.shown(target)} on ${to.name} is a ${old.type}, and is left alone. Name another.`,
    );
  }
  if (old && overwrite === 'never') return { kind: 'exists' };
  if (old && overwrite === 'if_changed' && old.sizeBytes === sizeBytes) {
    const [here, there] = await Promise.all([
      at(from, source, () => from.hash(source, sizeBytes)),
      at(to, target, () => to.hash(target, sizeBytes)),
    ]);
    if (here === there) return { kind: 'unchanged', bytes: sizeBytes, sha256: here };
  }
  const existing = old ? 'replace' : 'keep';
  const one = { source, target, file, existing } as const;
  return sizeBytes <= resumableBytes ? await copySmall(copying, one) : await copyLarge(copying, one);
}

interface OneFile {
  readonly source: string;
  readonly target: string;
  readonly file: SourceFile;
  readonly existing: 'replace' | 'keep';
}

async function copySmall(copying: Copying, { source, target, file, existing }: OneFile): Promise<Copied> {
  const { from, to } = copying;
  const { sizeBytes, mode } = file.facts;
  const parts: Buffer[] = [];
  await at(from, source, async () => {
    for await (const chunk of file.chunks(0)) parts.push(chunk);
  });
  const data = Buffer.concat(parts);
  if (data.length !== sizeBytes) throw changedMeanwhile(source, from);
  const sha256 = createHash('sha256').update(data).digest('hex');
  mustBeApproved(copying, source, sha256);
  await copying.progressed(sizeBytes);
  const unfinished = temporaryBeside(target);
  let isThere = false;
  let change: BegunChange | undefined;
  try {
    await at(to, target, async () => {
      await using out = await to.create(unfinished);
      isThere = true;
      await out.write(() => [data], 0);
      if ((await out.hashBack(sizeBytes)) !== sha256) throw damaged(target, to);
      await out.setMode(mode);
      change = await takePlace(copying, { unfinished, target, existing, sizeBytes, sha256 });
      isThere = false;
    });
  } finally {
    if (isThere) await to.remove(unfinished);
  }
  return { kind: 'copied', bytes: sizeBytes, sha256, resumedFrom: 0, change };
}

async function copyLarge(copying: Copying, one: OneFile): Promise<Copied> {
  const { from, to, busy } = copying;
  const partial = partialBeside(one.target, `${from.name}\0${one.source}`);
  const key = `${to.name}\0${partial}`;
  if (busy.has(key)) {
    const message = `${to.shown(one.target)} on ${to.name} is being written by another transfer from the same source. Wait for it.`;
    throw new GatewayError('busy', message);
  }
  busy.add(key);
  try {
    return await copyResumably(copying, one, partial);
  } finally {
    busy.delete(key);
  }
}

async function copyResumably(copying: Copying, one: OneFile, partial: string): Promise<Copied> {
  const { from, to } = copying;
  const { source, target, file, existing } = one;
  const { sizeBytes, mode } = file.facts;
  const begun = await at(to, target, () => bytesToKeep(copying, one, partial));
  await mustFit(to, target, sizeBytes - begun);
  const hash = createHash('sha256');
  let sent = begun;
  let isPaused = false;
  const rest = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of readFrom(copying, one, begun)) {
      await copying.progressed(chunk.length);
      hash.update(chunk);
      yield chunk;
      sent += chunk.length;
      isPaused = copying.isTimeUp() && sent < sizeBytes;
      if (isPaused) return;
    }
  };
  try {
    await using out = await at(to, target, () => (begun > 0 ? to.resume(partial) : to.create(partial)));
    await at(to, target, () => out.write(rest, begun));
    if (isPaused) return { kind: 'paused', bytes: sent, partial: to.shown(partial) };
    const [here, there, isUnchanged] = await Promise.all([
      begun === 0 ? hash.digest('hex') : at(from, source, () => from.hash(source, sizeBytes)),
      at(to, target, () => to.hash(partial, sizeBytes)),
      at(from, source, () => file.isUnchanged()),
      at(to, target, () => out.sync()),
    ]);
    if (sent !== sizeBytes || !isUnchanged || here !== there) {
      await to.remove(partial);
      throw sent !== sizeBytes || !isUnchanged ? changedMeanwhile(source, from) : damaged(target, to);
    }
    if (!isApproved(copying, source, here)) await to.remove(partial);
    mustBeApproved(copying, source, here);
    const change = await at(to, target, async () => {
      await out.setMode(mode);
      return await takePlace(copying, { unfinished: partial, target, existing, sizeBytes, sha256: here });
    });
    return { kind: 'copied', bytes: sizeBytes, sha256: here, resumedFrom: begun, change };
  } catch (error) {
    throw withPartial(error, { partial: to.shown(partial), sent, sizeBytes });
  }
}

interface Finished extends Pick<OneFile, 'target' | 'existing'> {
  readonly unfinished: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Gives the file its name, once what it takes the place of is on record. */
async function takePlace(
  { to, record }: Copying,
  { unfinished, target, existing, sizeBytes, sha256 }: Finished,
): Promise<BegunChange | undefined> {
  const after = { kind: 'file', sizeBytes, sha256 } as const;
  const begun = await record?.(target, after, existing);
  try {
    await to.giveName(unfinished, target, existing);
  } catch (error) {
    if (to.isRefusal(error)) await begun?.dropped();
    throw error;
  }
  await begun?.done(after);
  return begun;
}

async function* readFrom({ from }: Copying, { source, file }: OneFile, offset: number): AsyncGenerator<Buffer> {
  try {
    yield* file.chunks(offset);
  } catch (error) {
    throw from.explained(source, error);
  }
}

/** How much of a partial file is what the source begins with; one that is not is removed. */
async function bytesToKeep({ from, to }: Copying, { source, file }: OneFile, partial: string): Promise<number> {
  const left = await to.lookAt(partial);
  if (!left) return 0;
  const { sizeBytes } = left;
  const mayBe = left.type === 'file' && sizeBytes > 0 && sizeBytes <= file.facts.sizeBytes && (await to.isOurs(left));
  if (mayBe) {
    const [here, there] = await Promise.all([from.hash(source, sizeBytes), to.hash(partial, sizeBytes)]);
    if (here === there) return sizeBytes;
  }
  await to.remove(partial);
  return 0;
}

async function mustFit(to: Place, target: string, bytes: number): Promise<void> {
  const free = await at(to, target, () => to.freeBytes(posix.dirname(target)));
  if (free === undefined || free >= bytes) return;
  throw new GatewayError(
    'disk_full',
    `${to.shown(target)} does not fit on ${to.name}: ${bytes} bytes are wanted, ${free} are free.`,
  );
}

/** The work, its errors in the words of the place that it is at. */
async function at<T>(place: Place, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw place.explained(path, error);
  }
}

function isApproved({ mustBe }: Copying, source: string, content: string): boolean {
  return mustBe === undefined || mustBe.get(source) === content;
}

/** Throws where this is not what a person was asked about. */
export function mustBeApproved(copying: Copying, source: string, content: string): void {
  if (isApproved(copying, source, content)) return;
  const { from } = copying;
  const message = `${from.shown(source)} on ${from.name} is not what it was when a person was asked about this. It was not copied. Call again: it is asked anew.`;
  throw new GatewayError('conflict', message);
}

function changedMeanwhile(source: string, from: Place): GatewayError {
  return new GatewayError(
    'conflict',
    `${from.shown(source)} on ${from.name} changed while it was being read. Try again.`,
  );
}

function damaged(target: string, to: Place): GatewayError {
  const message = `What arrived at ${to.name} for ${to.shown(target)} is not what was sent: the hashes differ. It was removed; try again.`;
  return new GatewayError('conflict', message);
}

function withPartial(
  error: unknown,
  { partial, sent, sizeBytes }: { readonly partial: string; readonly sent: number; readonly sizeBytes: number },
): unknown {
  if (!(error instanceof GatewayError) || error.code === 'conflict' || sent === 0) return error;
  const message = `${error.message} About ${sent} of ${sizeBytes} bytes are in ${partial}: the same call goes on from them.`;
  const details = { ...error.details, partial, partial_bytes: sent };
  return new GatewayError(error.code, message, { cause: error, ran: 'may_have_run', details });
}
