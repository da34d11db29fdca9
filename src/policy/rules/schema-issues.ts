import type { z } from 'zod';
import { didYouMean } from '../../base/did-you-mean.ts';
import type { Issue } from '../../base/problem.ts';
import { policySchema } from './policy-schema.ts';

/** What the schema found, in words for people: a key that is not known stands at its own place, with the one that is meant. */
export function schemaIssues(error: z.ZodError, _value: unknown): readonly Issue[] {
  return error.issues.flatMap((issue) => issuesOf(issue, []));
}

type FoundIssue = z.core.$ZodIssue;

function issuesOf(issue: FoundIssue, before: readonly PropertyKey[]): readonly Issue[] {
  const path = [...before, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `unknown key${didYouMean(key, keysKnownNear(key))}`,
    }));
  }
  if (issue.code === 'invalid_union') {
    // Of the alternatives, the one that got furthest is the one that was meant.
    const furthest = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0] ?? [];
    if (furthest.length > 0 && depth(furthest) > 0) return furthest.flatMap((one) => issuesOf(one, path));
  }
  return [{ path, message: issue.message }];
}

function depth(issues: readonly FoundIssue[]): number {
  return Math.max(0, ...issues.map(({ path, code }) => path.length + (code === 'unrecognized_keys' ? 1 : 0)));
}

let known: readonly string[] | undefined;

/** Every key of the schema: what is meant is told by its spelling alone. */
function keysKnownNear(_key: string): readonly string[] {
  known ??= [...new Set([...JSON.stringify(jsonKeys()).matchAll(/"([A-Za-z]+)"/g)].map(([, key = '']) => key))];
  return known;
}

function jsonKeys(): readonly string[] {
  const keys: string[] = [];
  const visit = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return;
    const properties: unknown = 'properties' in schema ? schema.properties : undefined;
    if (typeof properties === 'object' && properties !== null) keys.push(...Object.keys(properties));
    for (const value of Object.values(schema)) visit(value);
  };
  visit(policySchema.toJSONSchema());
  return keys;
}
