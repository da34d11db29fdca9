import { RE2JS, RE2JSException } from 're2js';

/** Whether a text is what a pattern of a policy means: itself, or `re:` and a regular expression for the whole. */
export type TextPattern = (text: string) => boolean;

const prefix = 're:';

/** What is wrong with the pattern, or undefined. */
export function textPatternProblem(pattern: string): string | undefined {
  if (!pattern.startsWith(prefix)) return undefined;
  try {
    RE2JS.compile(pattern.slice(prefix.length));
    return undefined;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return `${JSON.stringify(pattern)} is not a pattern that RE2 knows; rewrite it without look-around and back-references`;
  }
}

/** Linear in the text: patterns are written by people, and fed by agents. */
export function textPattern(pattern: string): TextPattern {
  if (!pattern.startsWith(prefix)) return (text) => text === pattern;
  const compiled = RE2JS.compile(pattern.slice(prefix.length));
  return (text) => compiled.matcher(text).matches();
}

/** A whole command, without the blanks and lines around it that mean nothing to a shell. */
export function bareText(command: string): string {
  return command.replace(/^[ \t\n]+|[ \t\n]+$/g, '');
}
