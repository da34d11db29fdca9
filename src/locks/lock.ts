import { z } from 'zod';
import { matchesGlob } from '../base/glob.ts';
import type { Caller } from '../identity/caller.ts';
import { isSameName } from '../identity/same-person.ts';

const name = z.string().min(1).max(253);

/** What a lock holds. */
const lockTarget = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  /** By the name of its token, or of the person. */
  z.strictObject({ kind: z.literal('caller'), name }),
  /** Also a pattern with `*`. */
  z.strictObject({ kind: z.literal('host'), name }),
  z.strictObject({ kind: z.literal('label'), name, value: z.string() }),
  z.strictObject({ kind: z.literal('tag'), name }),
]);
export type LockTarget = Readonly<z.output<typeof lockTarget>>;

const lock = z.strictObject({
  on: lockTarget,
  reason: z.string().max(1_000),
  /** Who set it, and when (ISO 8601). */
  by: z.string(),
  at: z.iso.datetime(),
});
export type Lock = Readonly<z.output<typeof lock>>;

/** The whole of `locks.json`. */
export const locksFile = z.strictObject({ locks: z.array(lock).default([]) });

/** What locks know of a host. */
export interface LockableHost {
  readonly name: string;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether it holds whoever calls, over OAuth too. */
export function holdsCaller({ on }: Lock, { name: called }: Pick<Caller, 'name'>): boolean {
  return on.kind === 'all' || (on.kind === 'caller' && isSameName(on.name, called));
}

/** Whether it holds the host, whoever calls. */
export function holdsHost({ on }: Lock, host: LockableHost): boolean {
  switch (on.kind) {
    case 'all':
      return true;
    case 'caller':
      return false;
    case 'host':
      return on.name === host.name || matchesGlob(on.name, host.name);
    case 'label':
      return Object.hasOwn(host.labels, on.name) && host.labels[on.name] === on.value;
    case 'tag':
      return host.tags.includes(on.name);
  }
}

export function isSameTarget(a: LockTarget, b: LockTarget): boolean {
  return describeTarget(a) === describeTarget(b);
}

export function describeTarget(on: LockTarget): string {
  switch (on.kind) {
    case 'all':
      return 'everything';
    case 'caller':
      return `caller ${on.name}`;
    case 'host':
      return `server ${on.name}`;
    case 'label':
      return `label ${on.name}=${on.value}`;
    case 'tag':
      return `tag ${on.name}`;
  }
}
