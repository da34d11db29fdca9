/**
 * Characters that change what a reader sees without being seen: controls, lone surrogates, line and paragraph
 * separators, bidirectional controls and everything Unicode calls default-ignorable (zero-width characters, tags, ...).
 *
 * Left alone are tab, newline, the pair `\r\n`, a zero-width joiner between two pictographs, and one variation selector
 * after a character it can vary: longer runs of selectors are a way to hide text.
 */
const hidden = new RegExp(
  [
    String.raw`\r(?!\n)`,
    String.raw`[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\uFFF9-\uFFFB]--[\t\n\r]]`,
    String.raw`(?<!\p{Extended_Pictographic}[\p{Emoji_Modifier}\uFE0F]?)\u200D`,
    String.raw`\u200D(?!\p{Extended_Pictographic})`,
    String.raw`[\p{Default_Ignorable_Code_Point}--\p{Variation_Selector}--\u200D]`,
    String.raw`(?<=\p{Variation_Selector})\p{Variation_Selector}`,
    String.raw`(?<!\p{Script=Han})[\u{E0100}-\u{E01EF}]`,
  ].join('|'),
  'gv',
);

/** Nothing in here can match `hidden`; one pass of a plain class settles nearly every text. */
const plain = /^[\t\n\x20-\x7E]*$/;

/**
 * Text from outside made harmless to look at: what would not be seen becomes a visible escape such as `\u202e`.
 *
 * Idempotent and linear. The very same string comes back when there is nothing to do.
 */
export function neutralise(text: string): string {
  return plain.test(text) ? text : text.replace(hidden, escapeOf);
}

/** As `neutralise`, for text that must stay on one line, such as a file name in a listing. */
export function neutraliseLine(text: string): string {
  return neutralise(text).replace(/[\t\n\r]/g, escapeOf);
}

/** As `neutralise`, for text that is JSON: who parses it gets the very same value. */
export function escapeHiddenInJson(json: string): string {
  return plain.test(json) ? json : json.replace(hidden, (text) => text.split('').map(unitEscape).join(''));
}

/** Whether a command holds what nobody reviewing it would see. Tabs and newlines are visible. */
export function hasForbiddenControls(command: string): boolean {
  return command.includes('\r') || neutralise(command) !== command;
}

/** Whether text that belongs on one line, such as a path, holds a line break, a tab or anything that is not seen. */
export function hasControls(line: string): boolean {
  return neutraliseLine(line) !== line;
}

/** JSON knows escapes of UTF-16 code units alone. */
function unitEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function escapeOf(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}
