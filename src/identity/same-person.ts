import type { Caller } from './caller.ts';

const overOAuth = ' (OAuth)';

/** What a caller is called whose client signed in over OAuth. */
export function nameOverOAuth({ name }: Pick<Caller, 'name'>): string {
  return `${name}${overOAuth}`;
}

/**
 * Whether two callers are to count as one person: by their principal, or by their name. A token that is named by a
 * person's address is that person's, whichever way they sign in.
 */
export function isSamePerson(one: Named, other: Named): boolean {
  return one.principal === other.principal || plainName(one) === plainName(other);
}

type Named = Pick<Caller, 'principal' | 'name'>;

function plainName({ name }: Named): string {
  const plain = name.endsWith(overOAuth) ? name.slice(0, -overOAuth.length) : name;
  return plain.trim().toLowerCase();
}
