import { commandTexts, type Action } from './action.ts';
import type { Rule } from './evaluate.ts';
import { programWords, type ProgramWords } from './program-words.ts';

/**
 * The second seed's ALLOWED_COMMANDS: every program that a call starts must be one of these; an empty list allows all.
 *
 * A command is refused as well where its text does not tell which programs it starts. What a program then does is not
 * looked at: one that starts others, such as `xargs` or an editor, lets all of them in.
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

function startedBy(action: Action): ProgramWords {
  const [command] = commandTexts(action);
  if (command !== undefined) {
    const words = programWords(command);
    return words.kind === 'known' && words.programs.length === 0 ? { kind: 'known', programs: [''] } : words;
  }
  const program = 'program' in action ? action.program : undefined;
  return { kind: 'known', programs: program === undefined ? [] : [program] };
}

function refusalOf(started: ProgramWords, allowed: ReadonlySet<string>): string | undefined {
  switch (started.kind) {
    case 'known': {
      const stranger = started.programs.find((program) => !allowed.has(program));
      return stranger === undefined ? undefined : `Command '${stranger}' is not allowed.`;
    }
    case 'unclear':
      return `Command not allowed: which programs it starts cannot be told from \`${started.because}\`.`;
  }
}
