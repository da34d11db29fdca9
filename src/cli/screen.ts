import { GatewayError } from '../base/errors.ts';
import { escapeHiddenInJson, neutraliseLine } from '../base/untrusted-text.ts';
import { Cancelled, Failed, UsageError } from './exit-code.ts';

/** What a command shows. With `--json` standard output is one JSON value, and words go to standard error. */
export interface Screen {
  readonly isJson: boolean;
  /** Whether somebody sits there who can be asked. */
  readonly isInteractive: boolean;
  /** Words for people. */
  say(line: string): void;
  /** The result, in one form or the other. */
  show(result: { readonly text: readonly string[]; readonly json: unknown }): void;
}

export function createScreen(options: { readonly json?: boolean | undefined }): Screen {
  const isJson = options.json === true;
  const say = (line: string): void => void (isJson ? process.stderr : process.stdout).write(`${line}\n`);
  return {
    isJson,
    isInteractive: !isJson && process.stdin.isTTY && process.stdout.isTTY,
    say,
    show({ text, json }) {
      if (isJson) process.stdout.write(`${escapeHiddenInJson(JSON.stringify(json, undefined, 2))}\n`);
      else for (const line of text) say(line);
    },
  };
}

/** Says on standard error why a command failed. A bug shows its stack: there is nothing a user could do about it. */
export function explain(error: unknown): void {
  if (error instanceof Failed) return;
  if (error instanceof GatewayError || error instanceof UsageError || error instanceof Cancelled) {
    if (error.message === '') return;
    for (const line of error.message.split('\n')) process.stderr.write(`${neutraliseLine(line)}\n`);
  } else {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
}

/** Columns of equal width, under a title; wide enough for names, without a limit on any of them. */
export function table(
  title: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const cells = [header, ...rows.map((row) => row.map(neutraliseLine))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [title, '', ...lines];
}
