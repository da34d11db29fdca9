import { z } from 'zod';
import { configInvalid } from '../base/problem.ts';
import { scopes, type Caller, type Scope } from './caller.ts';
import { principalId } from './principal.ts';
import { hashToken } from './token-entry.ts';

/** Somebody whom another issuer vouches for. */
export interface Person {
  readonly issuer: string;
  /** Names them at that issuer, for ever. */
  readonly subject: string;
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
  readonly allowedServers: readonly string[];
  readonly profile: string;
}

const ruleEntry = z.strictObject({
  match: z.string().regex(/^(?:[^\s@]*@[^\s@]+|group:\S.*)$/, { error: 'must be an address, @domain or group:name' }),
  permissions: z.array(z.enum(scopes)).min(1),
  allowed_servers: z.array(z.string()).default(['*']),
  profile: z.string().min(1).default('standard'),
});

/** The rules of `people` in sallyport.yaml. Throws `config_invalid`. */
export function personRules(entries: readonly unknown[]): readonly PersonRule[] {
  return entries.map((entry, index) => {
    const { data, error } = ruleEntry.safeParse(entry);
    if (error) {
      const what = error.issues.map(({ path, message }) => [...path.map(String), message].join(': '));
      throw configInvalid([`sallyport.yaml: people, entry ${index + 1}: ${what.join('; ')}`]);
    }
    const { match, permissions, allowed_servers: allowedServers, profile } = data;
    return { match, permissions, allowedServers, profile };
  });
}

/** The people who are let in, each as the first rule says that describes them; nobody else is. */
export class People {
  readonly #rules: readonly PersonRule[];
  /** One caller for each as long as this process runs: what they begin is told apart by it. */
  readonly #callers = new Map<string, Caller>();

  constructor(rules: readonly PersonRule[]) {
    this.#rules = rules;
  }

  callerOf(person: Person): Caller | undefined {
    const rule = this.#rules.find(({ match }) => describes(match, person));
    if (rule === undefined) return undefined;
    // Addresses pass from one to another; a subject does not. What a group or an address gives may differ each time.
    const key = hashToken(JSON.stringify([person.issuer, person.subject, person.email, this.#rules.indexOf(rule)]));
    const known = this.#callers.get(key) ?? callerFor(person, rule);
    this.#callers.set(key, known);
    return known;
  }
}

function describes(match: string, { email, domain, groups }: Person): boolean {
  if (match.startsWith('group:')) return groups.includes(match.slice('group:'.length));
  const wanted = match.toLowerCase();
  return wanted.startsWith('@') ? domain !== undefined && wanted === `@${domain.toLowerCase()}` : wanted === email;
}

function callerFor({ issuer, subject, email }: Person, rule: PersonRule): Caller {
  return {
    principal: principalId('person', hashToken(JSON.stringify([issuer, subject])).slice(0, 16)),
    name: email,
    scopes: new Set(rule.permissions),
    allowedServers: rule.allowedServers,
    profile: rule.profile,
    revoked: new AbortController().signal,
  };
}
