import { hashOfKey, hashToken } from './token-entry.ts';

/** Published in the first seed's examples. */
const examplePrefixes = ['tok_example_', 'tok_abc123', 'tok_your_token_here'];
const leastLength = 20;
const leastDistinct = 8;

/** The tokens of the first seed's tokens.json.example: they are no better as hashes. */
const exampleHashes: ReadonlySet<string> = new Set(
  ['cursor_admin_abc123', 'claude_readonly_xyz789', 'codex_devops_def456'].map((name) =>
    hashToken(`tok_example_${name}`),
  ),
);

/** Why the token behind a key of tokens.json may not be used, or undefined when it may. Never quotes the token. */
export function weaknessOfKey(key: string): string | undefined {
  const identified = hashOfKey(key);
  if (identified === undefined) return undefined;
  if (identified.isPlaintext) return weaknessOf(key);
  return exampleHashes.has(identified.hash) ? 'is a published example' : undefined;
}

function weaknessOf(token: string): string | undefined {
  if (examplePrefixes.some((prefix) => token.startsWith(prefix))) return 'is a published example';
  if (token.length < leastLength) return `has fewer than ${leastLength} characters`;
  if (new Set(token).size < leastDistinct) return `has fewer than ${leastDistinct} different characters`;
  return undefined;
}
