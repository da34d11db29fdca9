/** Published in the first seed's examples. */
const examplePrefixes = ['tok_example_', 'tok_abc123', 'tok_your_token_here'];
const leastLength = 20;
const leastDistinct = 8;

/** Why a plaintext token may not be used, or undefined when it may. Never quotes the token. */
export function weaknessOf(token: string): string | undefined {
  if (examplePrefixes.some((prefix) => token.startsWith(prefix))) return 'is a published example';
  if (token.length < leastLength) return `has fewer than ${leastLength} characters`;
  if (new Set(token).size < leastDistinct) return `has fewer than ${leastDistinct} different characters`;
  return undefined;
}
