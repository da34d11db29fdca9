import { GatewayError } from '../../base/errors.ts';

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly level: 'ok' | 'note' | 'warning' | 'error';
  readonly message: string;
  /** The command or the change that mends it. */
  readonly fix?: string;
}

export function ok(check: string, message: string): Finding {
  return { check, level: 'ok', message };
}

/** Findings of what is wrong; where nothing is, that all is well. */
export function orOk(findings: readonly Finding[], well: Finding): readonly Finding[] {
  return findings.length === 0 ? [well] : findings;
}

/** Messages of ours that end in the command that mends it: `…: chmod 600 FILE`. */
export function withFix(check: string, level: Finding['level'], message: string): Finding {
  const fix = /: ((?:chmod|chown) .+)$/.exec(message)?.[1];
  return fix === undefined ? { check, level, message } : { check, level, message, fix };
}

/** What was refused while looking: a finding a line. Bugs are thrown on. */
export function refused(check: string, error: unknown, fix: string): readonly Finding[] {
  if (!(error instanceof GatewayError)) throw error;
  return error.message.split('\n').map((message) => ({ fix, ...withFix(check, 'error', message) }));
}
