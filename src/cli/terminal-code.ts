import { randomInt } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { ReadStream } from 'node:tty';
import { UsageError } from './exit-code.ts';

/** Without those that look alike. */
const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
const length = 6;

/**
 * Whether the person at the controlling terminal of this process types the code that is shown there, and only there.
 *
 * The terminal itself is opened, whatever the standard streams are: a script that pipes an answer in does not see the
 * code. No option goes round it.
 */
export async function confirmsAtTerminal(lines: readonly string[]): Promise<boolean> {
  const code = Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
  const terminal = openTerminal();
  const said = [...lines, '', `To confirm, type ${code}: `].join('\n');
  writeSync(terminal, said);
  const input = new ReadStream(terminal);
  const reader = createInterface({ input });
  try {
    // An end of input is no answer.
    const typed = await Promise.race([reader.question(''), closed(reader)]);
    return typed?.trim().toLowerCase() === code;
  } finally {
    reader.close();
    input.destroy();
  }
}

async function closed(reader: { once(event: 'close', listener: () => void): unknown }): Promise<undefined> {
  await new Promise<void>((resolve) => reader.once('close', resolve));
  return undefined;
}

function openTerminal(): number {
  try {
    return openSync('/dev/tty', 'r+');
  } catch {
    const message =
      'A person must confirm this at a terminal, and this process has none. Log in to this machine and type the command there.';
    throw new UsageError(message);
  }
}
