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
    return issue.keys.map((key) => ({ path: [...path, key], message: `unknown key${meantBy(key)}` }));
  }
  if (issue.code === 'invalid_union') {
    // The alternative whose parts are wrong, and not the whole, is the one that was meant.
    const meant = issue.errors.find((issues) => issues.some((one) => one.path.length > 0));
    if (meant !== undefined) return meant.flatMap((one) => issuesOf(one, path));
  }
  return [{ path, message: issue.message }];
}

let known: readonly string[] | undefined;

/** Of every key of the schema, wherever it belongs: what is meant is told by its spelling alone. */
function meantBy(key: string): string {
  known ??= keysIn(policySchema.toJSONSchema());
  return didYouMean(
    key,
    known.filter((one) => one !== key),
  );
}

function keysIn(schema: unknown): readonly string[] {
  if (!(schema instanceof Object)) return [];
  const own = 'properties' in schema ? Object.keys(schema.properties ?? {}) : [];
  return [...own, ...Object.values(schema).flatMap(keysIn)];
}
