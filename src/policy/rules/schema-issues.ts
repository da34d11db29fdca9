import type { z } from 'zod';
import { didYouMean } from '../../base/did-you-mean.ts';
import type { Issue } from '../../base/problem.ts';
import { policySchema } from './policy-schema.ts';

/** What the schema found, in words for people: a key that is not known stands at its own place, with the one that is meant. */
export function schemaIssues(error: z.ZodError): readonly Issue[] {
  return error.issues.flatMap((issue) => issuesOf(issue, []));
}

type FoundIssue = z.core.$ZodIssue;

function issuesOf(issue: FoundIssue, before: readonly PropertyKey[]): readonly Issue[] {
  const path = [...before, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `unknown key${didYouMean(
        key,
        knownKeys().filter((one) => one !== key),
      )}`,
    }));
  }
  if (issue.code === 'invalid_union') {
    // Of the alternatives, the one that got furthest is the one that was meant.
    const furthest = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0] ?? [];
    if (depth(furthest) > 0) return furthest.flatMap((one) => issuesOf(one, path));
  }
  return [{ path, message: issue.message }];
}

function depth(issues: readonly FoundIssue[]): number {
  return Math.max(0, ...issues.map(({ path, code }) => path.length + (code === 'unrecognized_keys' ? 1 : 0)));
}

let known: readonly string[] | undefined;

/** Every key of the schema: what is meant is told by its spelling alone. */
function knownKeys(): readonly string[] {
  known ??= keysIn(policySchema.toJSONSchema());
  return known;
}

function keysIn(schema: unknown): readonly string[] {
  if (!(schema instanceof Object)) return [];
  const own = 'properties' in schema ? Object.keys(schema.properties ?? {}) : [];
  return [...own, ...Object.values(schema).flatMap(keysIn)];
}
