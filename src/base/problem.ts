import { GatewayError } from './errors.ts';

/** A place in a text, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something wrong at a place in a file. Never quotes the file: it may hold secrets. */
export interface Problem extends Position {
  readonly file: string;
  readonly what: string;
}

export function describeProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.what}`;
}

/** All that is wrong with the configuration, as one error with a line each. */
export function configInvalid(problems: readonly string[]): GatewayError {
  return new GatewayError('config_invalid', problems.join('\n'), { details: { problems } });
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/** The first thing that a schema found wrong, in the form zod reports it. */
export interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** `servers.web.port: must be …` for people who look for the key rather than the line. */
export function describeIssue(issue: Issue): string {
  return issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`;
}
