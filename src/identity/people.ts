import { z } from 'zod';
import { configInvalid } from '../base/problem.ts';
import { roles, scopes, type Caller, type PersonId, type PrincipalId, type Role, type Scope } from './caller.ts';
import { principalId } from './principal.ts';
import { isSameName } from './same-person.ts';
import { hashToken } from './token-entry.ts';

/** Somebody whom another issuer vouches for. The subject names them there for ever. */
export interface Person extends PersonId {
  /** Verified by the issuer; in lower case. */
  readonly email: string;
  /** The domain whose owner answers for that address; undefined where nobody does. */
  readonly domain?: string | undefined;
  readonly groups: readonly string[];
}

/** What people may do whom a rule describes. */
export interface PersonRule {
  /** `ann@example.com`, `@example.com` or `group:ops`. */
  readonly match: string;
  readonly permissions: readonly Scope[];
  readonly roles: readonly Role[];
  readonly allowedServers: readonly string[];
  readonly profile: string;
}

const ruleEntry = z
  .strictObject({
    match: z.string().regex(/^(?:[^\s@]*@[^\s@]+|group:\S.*)$/, { error: 'must be an address, @domain or group:name' }),
    permissions: z.array(z.enum(scopes)).default([]),
    roles: z.array(z.enum(roles)).default([]),
    allowed_servers: z.array(z.string()).default(['*']),
    profile: z.string().min(1).default('standard'),
  })
  .refine((rule) => rule.permissions.length + rule.roles.length > 0, { error: 'must give permissions or roles' });

/** The rules of `people` in sallyport.yaml. Throws `config_invalid`. */
export function personRules(entries: readonly unknown[]): readonly PersonRule[] {
  return entries.map((entry, index) => {
    const { data, error } = ruleEntry.safeParse(entry);
    if (error) {
      const what = error.issues.map(({ path, message }) => [...path.map(String), message].join(': '));
      throw configInvalid([`sallyport.yaml: people, entry ${index + 1}: ${what.join('; ')}`]);
    }
    const { allowed_servers: allowedServers, ...rule } = data;
    return { ...rule, allowedServers };
  });
}

/** Somebody who has come, by the rule that let them in, and the end of everything begun under it. */
interface Admitted {
  readonly person: Person;
  readonly rule: PersonRule;
  readonly caller: Caller;
  readonly end: AbortController;
}

/** The people who are let in, each as the first rule says that describes them; nobody else is. */
export class People {
  readonly #onOver: (principal: PrincipalId) => void;
  /** One for each as long as their rule stays: what they begin is told apart by it. */
  readonly #admitted = new Map<string, Admitted>();
  #rules: readonly PersonRule[];

  /** `onOver` is told of those whom no rule lets in any more. */
  constructor(rules: readonly PersonRule[], onOver: (principal: PrincipalId) => void = () => undefined) {
    this.#rules = rules;
    this.#onOver = onOver;
  }

  callerOf(person: Person): Caller | undefined {
    const rule = this.#ruleFor(person);
    if (rule === undefined) return undefined;
    // Addresses pass from one to another; a subject does not. What a group or an address gives may differ each time.
    const key = hashToken(JSON.stringify([person.issuer, person.subject, person.email, rule]));
    const admitted = this.#admitted.get(key) ?? admit(person, rule);
    this.#admitted.set(key, admitted);
    return admitted.caller;
  }

  /** Those of this name who have come since this process began. */
  principalsNamed(name: string): readonly PrincipalId[] {
    const callers = [...this.#admitted.values()].map(({ caller }) => caller);
    return callers.filter((caller) => isSameName(caller.name, name)).map(({ principal }) => principal);
  }

  /** What was begun goes on for those alone whose own rule has stayed as it was. */
  useRules(rules: readonly PersonRule[]): void {
    this.#rules = rules;
    const over = new Set<PrincipalId>();
    for (const [key, { person, rule, caller, end }] of this.#admitted) {
      const now = this.#ruleFor(person);
      if (JSON.stringify(now) === JSON.stringify(rule)) continue;
      this.#admitted.delete(key);
      if (now === undefined) over.add(caller.principal);
      end.abort();
    }
    for (const { caller } of this.#admitted.values()) over.delete(caller.principal);
    for (const principal of over) this.#onOver(principal);
  }

  #ruleFor(person: Person): PersonRule | undefined {
    return this.#rules.find(({ match }) => describes(match, person));
  }
}

function describes(match: string, { email, domain, groups }: Person): boolean {
  if (match.startsWith('group:')) return groups.includes(match.slice('group:'.length));
  const wanted = match.toLowerCase();
  return wanted.startsWith('@') ? domain !== undefined && wanted === `@${domain.toLowerCase()}` : wanted === email;
}

function admit(person: Person, rule: PersonRule): Admitted {
  const { issuer, subject, email } = person;
  const end = new AbortController();
  const caller: Caller = {
    principal: principalId('person', hashToken(JSON.stringify([issuer, subject])).slice(0, 16)),
    name: email,
    personId: { issuer, subject },
    scopes: new Set(rule.permissions),
    roles: new Set(rule.roles),
    allowedServers: rule.allowedServers,
    profile: rule.profile,
    revoked: end.signal,
  };
  return { person, rule, caller, end };
}
