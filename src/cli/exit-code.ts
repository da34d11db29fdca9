import { GatewayError } from '../base/errors.ts';

/** What the process ends with. Scripts and service managers rely on these; 78 is EX_CONFIG of sysexits(3). */
export const exitCode = { done: 0, failed: 1, usage: 2, configuration: 78 } as const;

/** The command line itself is wrong or lacks something. */
export class UsageError extends Error {}

/** A command came to its end without success and has already said why. */
export class Failed extends Error {}

/** The person at the terminal gave up. */
export class Cancelled extends Error {
  constructor() {
    super('Cancelled');
  }
}

export function exitCodeFor(error: unknown): number {
  if (error instanceof UsageError) return exitCode.usage;
  return error instanceof GatewayError && error.code === 'config_invalid' ? exitCode.configuration : exitCode.failed;
}
