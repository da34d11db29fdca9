import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { PlacedRecord } from '../chain.ts';
import { exportedLine, NotDelivered, type AuditSink } from './sink.ts';

// Without O_NONBLOCK a pipe that nobody reads would hold us here.
const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK } = constants;

/** A file that lines are appended to. It is opened anew each time: who rotates it just moves it away. */
export function fileSink(path: string): AuditSink {
  return {
    kind: 'file',
    async deliver(records: readonly PlacedRecord[]): Promise<void> {
      try {
        await using file = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK, 0o600);
        // A line that was cut off, by a full disk or by the end of a process, must not run into the next.
        const start = (await isTorn(file)) ? '\n' : '';
        await file.appendFile(`${start}${records.map((record) => `${exportedLine(record)}\n`).join('')}`);
        await file.sync();
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
        throw new NotDelivered(`the file cannot be written (${code})`, error);
      }
    },
  };
}

async function isTorn(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
}
