import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy } from './sqlite-errors.ts';

const patienceMs = 5_000;
const pauseMs = 20;

/**
 * Tries again while another process holds the lock of a SQLite file. The file's own timeout blocks our thread, so it is
 * short, and the waiting is done here.
 */
export async function whileBusy<T>(write: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
    }
    await sleep(pauseMs * (0.5 + Math.random()));
  }
}
