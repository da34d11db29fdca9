import pino from 'pino';
import { callFields } from './call-context.ts';
import { escapeHiddenInJson } from './untrusted-text.ts';

export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>;

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  /** Takes secrets out of each line. */
  readonly clean?: (line: string) => string;
  /** Gets each line too. */
  readonly copyTo?: { append(line: string): void };
}

/**
 * Structured log on stderr, written synchronously: stdout belongs to MCP over stdio.
 *
 * A line is one line whatever it quotes, and moves no cursor of the terminal that it is read in. What is logged while a call
 * is worked on has that call's id.
 */
export function createLog(level: LogLevel, { clean = (line) => line, copyTo }: LogOptions = {}): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, mixin: callFields };
  const stderr = pino.destination({ fd: 2, sync: true });
  return pino(options, {
    write: (text) => {
      const line = escapeHiddenInJson(clean(text));
      stderr.write(line);
      copyTo?.append(line);
    },
  });
}

export const silentLog: Log = pino({ level: 'silent' });
