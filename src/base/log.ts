import pino from 'pino';

export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>;

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  /** Takes secrets out of each line. */
  readonly clean?: (line: string) => string;
  /** Gets each line too. */
  readonly copyTo?: { append(line: string): void };
}

/** Structured log on stderr, written synchronously: stdout belongs to MCP over stdio. */
export function createLog(level: LogLevel, { clean = (line) => line, copyTo }: LogOptions = {}): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const stderr = pino.destination({ fd: 2, sync: true });
  return pino(options, {
    write: (text) => {
      const line = clean(text);
      stderr.write(line);
      copyTo?.append(line);
    },
  });
}

export const silentLog: Log = pino({ level: 'silent' });
