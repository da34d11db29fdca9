import { readFile } from 'node:fs/promises';
import { replaceFile } from './atomic-file.ts';
import { hasErrorCode } from './error-code.ts';
import { withFileLock } from './file-lock.ts';
import { scanJson, type JsonScan } from './json-scan.ts';
import { configInvalid, describeIssue, describeProblem, positionAt, type Issue, type Problem } from './problem.ts';

export type JsonMembers = Readonly<Record<string, unknown>>;

/** A JSON file as it was read. */
export interface JsonFile {
  readonly file: string;
  readonly value: unknown;
  /** The problem at the place its path points to. */
  readonly locate: (issue: Issue) => Problem;
}

/** Undefined when there is no such file. Throws `config_invalid` with file, line and column when it is not JSON. */
export async function readJsonFile(file: string): Promise<JsonFile | undefined> {
  const text = await readText(file);
  return text === undefined ? undefined : parseJson(file, text);
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw configInvalid([`${file}: cannot be read (${errorCodeOf(error)})`]);
  }
}

function errorCodeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** Parses `text`, a leading byte order mark apart. `file` is only named in problems. */
export function parseJson(file: string, text: string): JsonFile {
  const body = text.replace(/^\uFEFF/, '');
  let scan: JsonScan | undefined;
  const locate = (issue: Issue): Problem => {
    scan ??= scanJson(body);
    return { file, ...positionAt(body, scan.offsetOf(issue.path)), what: describeIssue(issue) };
  };
  try {
    const value: unknown = JSON.parse(body);
    return { file, value, locate };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { offset, what } = scanJson(body).error ?? { offset: 0, what: 'not JSON' };
    throw configInvalid([describeProblem({ file, ...positionAt(body, offset), what })]);
  }
}

/**
 * Reads the file, hands its members to `edit` and writes what comes back, whole or not at all.
 *
 * Processes that rewrite the same file wait for each other, so nothing is lost; keys that `edit` carries over stay, in
 * their order. A missing file counts as `{}`. A file that does not parse is left alone: `config_invalid`.
 */
export async function rewriteJsonFile(file: string, edit: (members: JsonMembers) => JsonMembers): Promise<void> {
  await withFileLock(file, async (target) => {
    const text = (await readText(target)) ?? '{}';
    const { value, locate } = parseJson(file, text);
    if (!isMembers(value)) throw configInvalid([describeProblem(locate({ path: [], message: 'must be an object' }))]);
    const indent = /^\s*\{\r?\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
    await replaceFile(target, `${JSON.stringify(edit(value), undefined, indent)}\n`);
  });
}

export function isMembers(value: unknown): value is JsonMembers {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `members` with one key set, where it is or at the end. Safe for names such as `__proto__`. */
export function withMember(members: JsonMembers, key: string, value: unknown): JsonMembers {
  return Object.fromEntries(new Map(Object.entries(members)).set(key, value));
}

export function withoutMember(members: JsonMembers, key: string): JsonMembers {
  return Object.fromEntries(Object.entries(members).filter(([name]) => name !== key));
}
