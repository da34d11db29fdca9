import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { hasErrorCode } from './error-code.ts';
import type { Log } from './log.ts';

const pollEveryMs = 500;

/** Changes whenever the file does: its bytes, its mode, the file behind its name, its being there. */
export async function fileStamp(file: string): Promise<string> {
  try {
    return stampOf(await stat(file, { bigint: true }));
  } catch (error) {
    return stampWithout(error);
  }
}

/** The same at once, for a file on a disk of this machine: another thread would be woken for longer than it takes. */
export function fileStampNow(file: string): string {
  try {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? absent : stampOf(stats);
  } catch (error) {
    return stampWithout(error);
  }
}

const absent = 'absent';

function stampOf({ ino, dev, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

function stampWithout(error: unknown): string {
  if (hasErrorCode(error, 'ENOENT')) return absent;
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

export interface Watch extends Disposable {
  /** Looks now; resolves once what has changed is taken in. Rejects where it cannot be. */
  look(): Promise<void>;
}

export interface WatchOptions {
  /** Taken before the file was read, so that no change falls in between. */
  readonly stamp: string;
  readonly onChange: () => Promise<void>;
  readonly log: Log;
}

/**
 * Calls back within two seconds of every change since the stamp was taken. Polls, because that sees changes on every
 * file system. Does not keep the process alive.
 *
 * An absent file counts only at the second look: editors remove a file for a moment while they replace it.
 */
export function watchFile(file: string, options: WatchOptions): Watch {
  let seen = options.stamp;
  let wasAbsent = false;
  let ended = false;
  let timer: NodeJS.Timeout;
  let lastLook = Promise.resolve();

  function lookLater(): void {
    timer = setTimeout(() => void lookSafely(), pollEveryMs).unref();
  }

  async function lookSafely(): Promise<void> {
    try {
      await lookNow();
    } catch (error) {
      options.log.error({ err: error, file }, `${file} changed and could not be taken in`);
    }
    if (!ended) lookLater();
  }

  /** One after the other: one that has begun may have missed what has changed since. */
  async function lookNow(): Promise<void> {
    lastLook = lastLook.then(look, look);
    await lastLook;
  }

  async function look(): Promise<void> {
    const now = await fileStamp(file);
    const mayBeReplacing = now === absent && !wasAbsent;
    wasAbsent = now === absent;
    if (now === seen || mayBeReplacing || ended) return;
    // What could not be taken in is tried again at the next look.
    await options.onChange();
    seen = now;
  }

  lookLater();
  return {
    look: lookNow,
    [Symbol.dispose]() {
      ended = true;
      clearTimeout(timer);
    },
  };
}
