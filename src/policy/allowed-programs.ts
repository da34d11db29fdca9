import { commandTexts, type Action } from './action.ts';
import type { Rule } from './evaluate.ts';
import { readShell } from './shell/read-shell.ts';
import type { Redirect, Unit } from './shell/unit.ts';

/**
 * The second seed's ALLOWED_COMMANDS: every program that a call starts must be one of these; an empty list allows all.
 *
 * A command is refused as well where its text does not tell which programs it starts, in any shell that the host may
 * have, and where it writes a file by itself. Programs that a wrapper's words name count; what an interpreter or an
 * editor starts is not looked at.
 */
export function allowedPrograms(programs: readonly string[]): Rule {
  const allowed = new Set(programs);
  return {
    id: 'allowed_commands',
    judge(_caller, action) {
      if (allowed.size === 0) return undefined;
      const refusal = refusalOf(startedBy(action), allowed);
      if (refusal === undefined) return undefined;
      return {
        decision: 'deny',
        code: 'denied_by_policy',
        justification: `${refusal} Allowed: ${programs.join(', ')}`,
      };
    },
  };
}

type Started =
  | { readonly kind: 'known'; readonly programs: readonly string[] }
  | { readonly kind: 'unclear'; readonly because: string };

function startedBy(action: Action): Started {
  const [command] = commandTexts(action);
  if (command !== undefined) return startedByText(command);
  const program = 'program' in action ? action.program : undefined;
  return { kind: 'known', programs: program === undefined ? [] : [program] };
}

function startedByText(command: string): Started {
  const odd = readDifferently.exec(command)?.[0];
  if (odd !== undefined) return { kind: 'unclear', because: `shells differ in how they read \`${odd}\`.` };
  const reading = readShell(command, 'posix');
  if (reading.kind === 'unreadable') return { kind: 'unclear', because: reading.text };
  const [finding] = reading.findings;
  if (finding !== undefined) return { kind: 'unclear', because: `${finding.text}.` };
  const written = reading.units.flatMap(({ redirects }) => redirects).find(writesFile);
  if (written !== undefined)
    return { kind: 'unclear', because: `it writes ${written.target.value} without a program.` };
  return { kind: 'known', programs: reading.units.map(nameOf) };
}

/** fish and csh take a backslash before a quote or a line's end otherwise, and not all know comments. */
const readDifferently = /\\['"\n]|(?<=^|[\s;&|(])#/;

function nameOf({ program }: Unit): string {
  return program.value;
}

function writesFile({ operator, target }: Redirect): boolean {
  if (!operator.includes('>')) return false;
  const isOutput = operator === '>&' && /^[12]$/.test(target.value);
  return !isOutput && target.value !== '/dev/null';
}

function refusalOf(started: Started, allowed: ReadonlySet<string>): string | undefined {
  switch (started.kind) {
    case 'known': {
      const stranger = started.programs.find((program) => !allowed.has(program));
      return stranger === undefined ? undefined : `Command '${stranger}' is not allowed.`;
    }
    case 'unclear':
      return `Command not allowed: which programs it starts cannot be told. ${started.because}`;
  }
}
