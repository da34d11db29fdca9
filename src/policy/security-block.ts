import { RE2JS, RE2JSException } from 're2js';
import { GatewayError } from '../base/errors.ts';
import type { Issue } from '../base/problem.ts';
import { commandTexts } from './action.ts';
import type { Rule } from './evaluate.ts';

/** The `security` block of the first seed's `servers.json`, as far as it judges commands. */
export interface SecurityBlock {
  /** Regular expressions, matched at the start of every line of the command. Empty: every command is allowed. */
  readonly allowedCommandPatterns: readonly string[];
  /** Texts no command may contain, in any case, also with more or other blanks between their words. */
  readonly forbiddenCommands: readonly string[];
  /** Texts that make a command one a person must approve. */
  readonly requireConfirmation: readonly string[];
}

export const emptySecurityBlock: SecurityBlock = {
  allowedCommandPatterns: [],
  forbiddenCommands: [],
  requireConfirmation: [],
};

/** What is wrong with the patterns of a block, by their place in it. */
export function securityBlockIssues(block: SecurityBlock): readonly Issue[] {
  return block.allowedCommandPatterns.flatMap((pattern, index) => {
    const problem = problemOf(pattern);
    return problem === undefined ? [] : [{ path: ['allowed_commands_patterns', index], message: problem }];
  });
}

/**
 * The block as a rule on the command's text.
 *
 * Patterns run on RE2, in time linear in the command, for they are written by people and fed by agents. A pattern that RE2 does not
 * have is `config_invalid`: passing over it would allow what it was meant to refuse.
 */
export function securityBlockRule(block: SecurityBlock): Rule {
  const allowed = block.allowedCommandPatterns.map(compile);
  const forbidden = block.forbiddenCommands.map((text) => ({ text, lower: text.toLowerCase() }));
  const confirmed = block.requireConfirmation.map((text) => ({ text, lower: text.toLowerCase() }));
  return {
    id: 'security',
    judge(_caller, action) {
      const texts = commandTexts(action);
      const [command] = texts;
      if (command === undefined) return undefined;
      const lower = texts.flatMap((text) => [text.toLowerCase(), evenlySpaced(text.toLowerCase())]);
      const bad = forbidden.find((entry) => lower.some((text) => text.includes(entry.lower)));
      if (bad) return refused(`Forbidden command: contains '${bad.text}'`);
      const isAllowed = (line: string): boolean => allowed.some((pattern) => pattern.matcher(line).lookingAt());
      const lines = linesOf(command);
      if (allowed.length > 0 && !(lines.length > 0 && lines.every(isAllowed))) {
        return refused('Command not in allowed patterns');
      }
      const asks = confirmed.find((entry) => lower.some((text) => text.includes(entry.lower)));
      if (!asks) return undefined;
      const justification = `A person must approve commands that contain '${asks.text}'`;
      return { decision: 'ask', code: 'approval_unavailable', justification };
    },
  };
}

/** A shell takes any blanks between two words, and a line that is continued, for one. */
function evenlySpaced(text: string): string {
  return text.replace(/(?:[ \t]|\\\n)+/g, ' ');
}

/** A line may start a command of its own. One blank is appended, so that a bare `uptime` matches the pattern `^uptime `. */
function linesOf(command: string): readonly string[] {
  return command.split('\n').flatMap((line) => (line.trim() === '' ? [] : [`${line.trim()} `]));
}

function refused(reason: string): ReturnType<Rule['judge']> {
  return { decision: 'deny', code: 'denied_by_policy', justification: `Security validation failed: ${reason}` };
}

function compile(pattern: string): RE2JS {
  const problem = problemOf(pattern);
  if (problem !== undefined) throw new GatewayError('config_invalid', `security.allowed_commands_patterns: ${problem}`);
  return RE2JS.compile(pattern);
}

function problemOf(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return `${JSON.stringify(pattern)} is not a pattern that RE2 knows; rewrite it without look-around and back-references`;
  }
}
