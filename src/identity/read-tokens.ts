import { isMembers, type JsonFile } from '../base/json-file.ts';
import { configInvalid, describeProblem, type Problem } from '../base/problem.ts';
import { hashOfKey, toApiToken, tokenEntry, type ApiToken, type TokenHash } from './token-entry.ts';
import { weaknessOfKey } from './weak-token.ts';

export interface TokenTable {
  readonly tokens: ReadonlyMap<TokenHash, ApiToken>;
  /** How many entries stand in the file, dropped ones too. */
  readonly entryCount: number;
  /** Entries that were dropped and other things to tell the operator; they quote no token. */
  readonly warnings: readonly string[];
}

export const noTokens: TokenTable = { tokens: new Map(), entryCount: 0, warnings: [] };

/**
 * The tokens of a tokens.json, plaintext and hashed keys in one table.
 *
 * A bad entry is dropped with a warning: a token then does not work. Throws `config_invalid` where the file as a whole is
 * bad, where two entries are the same token, and for an enabled token that is published or guessable.
 */
export function readTokens(json: JsonFile, expiryHours: number | undefined): TokenTable {
  const entries = entriesOf(json);
  const tokens = new Map<TokenHash, ApiToken>();
  const warnings: string[] = [];
  const fatal: Problem[] = [];
  const inPlaintext: TokenHash[] = [];
  for (const [index, [key, value]] of entries.entries()) {
    const result = readEntry(key, value, expiryHours);
    // The position alone: the path would show the token.
    const place = json.locate({ path: ['tokens', key], message: '' });
    const problem = (what: string): Problem => ({ ...place, what: `token ${index + 1}${nameIn(value)} ${what}` });
    switch (result.kind) {
      case 'dropped':
        warnings.push(`${describeProblem(problem(result.what))}. Entry dropped.`);
        break;
      case 'fatal':
        fatal.push(problem(`${result.what}. Make another with \`sallyport token create\` and remove this one.`));
        break;
      case 'token':
        if (tokens.has(result.token.hash)) fatal.push(problem('stands here a second time'));
        tokens.set(result.token.hash, result.token);
        if (hashOfKey(key)?.isPlaintext === true) inPlaintext.push(result.token.hash);
    }
  }
  if (fatal.length > 0) throw configInvalid(fatal.map((problem) => describeProblem(problem)));
  const count = inPlaintext.length;
  if (count > 0) {
    const which = count === 1 ? '1 token is' : `${count} tokens are`;
    warnings.push(
      `${json.file}: ${which} stored in plaintext. \`sallyport token migrate\` keeps only what recognises them.`,
    );
  }
  return { tokens, entryCount: entries.length, warnings };
}

function entriesOf(json: JsonFile): readonly (readonly [string, unknown])[] {
  const { value } = json;
  if (!isMembers(value))
    throw configInvalid([describeProblem(json.locate({ path: [], message: 'must be an object' }))]);
  const entries = value['tokens'] ?? {};
  if (isMembers(entries)) return Object.entries(entries);
  throw configInvalid([describeProblem(json.locate({ path: ['tokens'], message: 'must be an object of tokens' }))]);
}

function nameIn(value: unknown): string {
  return isMembers(value) && typeof value['name'] === 'string' ? ` '${value['name']}'` : '';
}

type EntryReading =
  | { readonly kind: 'token'; readonly token: ApiToken }
  | { readonly kind: 'dropped' | 'fatal'; readonly what: string };

function readEntry(key: string, value: unknown, expiryHours: number | undefined): EntryReading {
  const parsed = tokenEntry.safeParse(value);
  if (!parsed.success) {
    const what = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
    return { kind: 'dropped', what: `is bad: ${what.join('; ')}` };
  }
  const identified = hashOfKey(key);
  if (identified === undefined) return { kind: 'dropped', what: 'is bad: sha256: wants 64 hex digits in lower case' };
  const weakness = parsed.data.enabled ? weaknessOfKey(key) : undefined;
  if (weakness !== undefined) return { kind: 'fatal', what: weakness };
  return { kind: 'token', token: toApiToken(identified.hash, parsed.data, expiryHours) };
}
