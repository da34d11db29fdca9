import { isMembers, readJsonFile, rewriteJsonFile, type JsonMembers } from '../base/json-file.ts';
import { configInvalid } from '../base/problem.ts';
import { tokensOf } from './edit-tokens.ts';
import { hashOfKey, shownPrefix, tokenKey } from './token-entry.ts';
import { weaknessOfKey } from './weak-token.ts';

export interface MigratedTokens {
  /** Names of those that stand as hashes now. */
  readonly migrated: readonly string[];
  /** Names of those left as they are: published or guessable, which a hash would hide. */
  readonly weak: readonly string[];
}

/**
 * Replaces the plaintext tokens of the file by their hashes, each in its place with all that its entry says.
 *
 * Whoever holds a token notices nothing. Throws `config_invalid`, and changes nothing, where a token stands there twice.
 */
export async function migrateTokens(file: string): Promise<MigratedTokens> {
  const migrated: string[] = [];
  const weak: string[] = [];
  if ((await readJsonFile(file)) === undefined) return { migrated, weak };
  await rewriteJsonFile(file, (members) => {
    const moved = new Map<string, unknown>();
    for (const [key, entry] of Object.entries(tokensOf(members))) {
      const isWeak = weaknessOfKey(key) !== undefined;
      const token = isWeak ? undefined : plaintextOf(key, entry);
      if (isWeak) weak.push(nameOf(entry));
      if (token) migrated.push(nameOf(entry));
      const place = token?.key ?? key;
      if (moved.has(place)) throw configInvalid([`${file}: token '${nameOf(entry)}' stands here a second time`]);
      moved.set(place, token?.entry ?? entry);
    }
    return migrated.length === 0 ? members : { ...members, tokens: Object.fromEntries(moved) };
  });
  return { migrated, weak };
}

function plaintextOf(key: string, entry: unknown): { readonly key: string; readonly entry: JsonMembers } | undefined {
  const identified = hashOfKey(key);
  if (identified?.isPlaintext !== true || !isMembers(entry)) return undefined;
  return { key: tokenKey(identified.hash), entry: { ...entry, prefix: shownPrefix(key) } };
}

function nameOf(entry: unknown): string {
  return isMembers(entry) && typeof entry['name'] === 'string' ? entry['name'] : 'unnamed';
}
