import type { Rule } from './evaluate.ts';

/**
 * The second seed's ALLOWED_COMMANDS: the first word of a command must be one of these; an empty list allows all.
 *
 * It sees one word of one line. What follows it is not looked at: it keeps mistakes out, not attackers.
 */
export function allowedPrograms(programs: readonly string[]): Rule {
  const allowed = new Set(programs);
  return {
    id: 'allowed_commands',
    judge(_caller, action) {
      if (action.kind !== 'run_command' || allowed.size === 0) return undefined;
      const program = action.command.trim().split(/\s+/)[0] ?? '';
      if (allowed.has(program)) return undefined;
      const justification = `Command '${program}' is not allowed. Allowed: ${programs.join(', ')}`;
      return { decision: 'deny', code: 'denied_by_policy', justification };
    },
  };
}
