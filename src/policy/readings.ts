import { readShell } from './shell/read-shell.ts';
import type { ShellReading } from './shell/unit.ts';

const kept = 64;
const readings = new Map<string, ShellReading>();

/** What a text was read into; several rules ask for the same. */
export function readingOf(text: string): ShellReading {
  const known = readings.get(text);
  if (known !== undefined) return known;
  const reading = readShell(text);
  const [oldest] = readings.size >= kept ? readings.keys() : [];
  if (oldest !== undefined) readings.delete(oldest);
  readings.set(text, reading);
  return reading;
}
