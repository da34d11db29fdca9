import type { PrincipalId } from './caller.ts';

/** The principal that a way to authenticate found, by a name that is unique within that way. */
export function principalId(way: 'token' | 'person' | 'local', name: string): PrincipalId {
  const id = `${way}:${name}`;
  if (!isPrincipalId(id)) throw new Error('a principal needs a name');
  return id;
}

export function isPrincipalId(text: string): text is PrincipalId {
  return /^\w+:./u.test(text);
}
