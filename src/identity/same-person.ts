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
  return one.principal === other.principal || isSameName(one.name, other.name);
}

type Named = Pick<Caller, 'principal' | 'name'>;

/** Whether two callers of these names are to count as one, over OAuth or not. */
export function isSameName(one: string, other: string): boolean {
  return plainName(one) === plainName(other);
}

function plainName(name: string): string {
  const plain = name.endsWith(overOAuth) ? name.slice(0, -overOAuth.length) : name;
  return plain.trim().toLowerCase();
}
