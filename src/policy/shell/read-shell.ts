import { canonicalText } from './canonical.ts';
import { ShellReader } from './reader.ts';
import { parseShell, type Dialect } from './shell-parser.ts';
import type { ShellReading } from './unit.ts';

const directoryChangers = new Set(['cd', 'pushd', 'popd', 'chdir']);

/**
 * Everything that a shell text may run, or why that cannot be told.
 *
 * Every branch is taken to run. A program that the text does not name is a unit with a dynamic program and a finding,
 * never left out. Nothing here decides what is allowed. `posix`: what only bash knows is not read.
 */
export function readShell(text: string, dialect: Dialect = 'bash'): ShellReading {
  const parsed = parseShell(text, dialect);
  if (parsed.kind === 'unreadable') return parsed;
  const reader = new ShellReader();
  reader.read(parsed.script);
  if (reader.problem !== undefined) return reader.problem;
  const cwdSet = reader.units.some(({ program }) => directoryChangers.has(program.value));
  const canonical = canonicalText(parsed.script);
  return {
    kind: 'units',
    units: cwdSet ? reader.units.map((unit) => ({ ...unit, cwdSet })) : reader.units,
    statements: parsed.script.commands.length,
    findings: reader.findings,
    loops: reader.loops,
    ...(canonical !== undefined && { canonical }),
  };
}
