import { RE2JS, RE2JSException } from 're2js';
import { GatewayError } from '../base/errors.ts';
import type { Issue } from '../base/problem.ts';
import { commandTexts } from './action.ts';
import type { Rule } from './evaluate.ts';
import { readingOf } from './readings.ts';
import type { Assignment, Redirect, Unit } from './shell/unit.ts';

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
 * The block as a rule on the command's text, and on the plain text of every command in it: its words after quotes are
 * removed, joined by one blank. Where patterns restrict what may run, so does what cannot be known.
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
      const lower = texts.flatMap(spellingsOf).map((text) => text.toLowerCase());
      const bad = forbidden.find((entry) => lower.some((text) => text.includes(entry.lower)));
      if (bad) return refused(`Forbidden command: contains '${bad.text}'`);
      const stranger = allowed.length > 0 ? refusalByPatterns(allowed, command) : undefined;
      if (stranger !== undefined) return refused(stranger);
      const asks = confirmed.find((entry) => lower.some((text) => text.includes(entry.lower)));
      if (!asks) return undefined;
      const justification = `A person must approve commands that contain '${asks.text}'`;
      return { decision: 'ask', code: 'approval_unavailable', justification };
    },
  };
}

/** Patterns match at the start of every line, and of the plain text of every command. */
function refusalByPatterns(allowed: readonly RE2JS[], command: string): string | undefined {
  const isAllowed = (line: string): boolean => allowed.some((pattern) => pattern.matcher(line).lookingAt());
  if (!linesOf(command).every(isAllowed)) return 'Command not in allowed patterns';
  const reading = readingOf(command);
  if (reading.kind === 'unreadable') return `Command not in allowed patterns. ${reading.text}`;
  const hidden = reading.findings.find(({ severity }) => severity === 'deny');
  if (hidden !== undefined) return `Command not in allowed patterns. ${hidden.text}`;
  const stranger = reading.units.find((unit) => !isCovered(unit, reading.units, allowed));
  if (stranger === undefined) return undefined;
  return `Command not in allowed patterns, which every command in a text must match: ${plainText(stranger).trim()}`;
}

/** By a pattern of its own, or by one for what it is the end of: who allows `^sudo ` allows what sudo runs. */
function isCovered(unit: Unit, units: readonly Unit[], allowed: readonly RE2JS[]): boolean {
  const own = plainText(unit);
  for (let around: Unit | undefined = unit; around !== undefined; around = wrapperOf(around, units)) {
    const text = plainText(around);
    if (!text.endsWith(own)) return false;
    if (allowed.some((pattern) => pattern.matcher(text).lookingAt())) return true;
  }
  return false;
}

function wrapperOf({ wrapper }: Unit, units: readonly Unit[]): Unit | undefined {
  return units.find((_, place) => place === wrapper);
}

/** As the patterns see a command: with a blank behind it, so that a bare `uptime` matches `^uptime `. */
function plainText({ program, argv, env, redirects }: Unit): string {
  const words =
    program.value === ''
      ? [...env.map(assignmentText), ...redirects.map(redirectText)]
      : [program, ...argv].map(({ value }) => value);
  return `${words.join(' ')} `;
}

/** A text as it is, with even blanks, and every command in it: its plain words, and those with what stands around them. */
function spellingsOf(text: string): readonly string[] {
  const reading = readingOf(text);
  if (reading.kind === 'unreadable') return [text, evenlySpaced(text)];
  const commands = reading.units.flatMap((unit) => {
    const plain = plainText(unit);
    const around = [...unit.env.map(assignmentText), plain.trimEnd(), ...unit.redirects.map(redirectText)];
    return [plain, around.join(' ')];
  });
  return [text, evenlySpaced(text), ...commands];
}

function assignmentText({ name, value }: Assignment): string {
  return `${name}=${value.value}`;
}

function redirectText({ descriptor = '', operator, target }: Redirect): string {
  return `${descriptor}${operator} ${target.value}`;
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
