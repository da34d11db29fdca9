/** A piece of a text; with `code` where it is a character that may be taken for another: `U+0430`. */
export interface TextPart {
  readonly text: string;
  readonly code?: string;
}

/** The text in pieces, so that every character that is not ASCII can be marked: it may look like one that is. */
export function markUnusual(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  for (const piece of text.split(/([^\t\n\x20-\x7e])/u)) {
    if (piece === '') continue;
    if (/^[\t\n\x20-\x7e]+$/.test(piece)) parts.push({ text: piece });
    else parts.push({ text: visible(piece), code: codeOf(piece) });
  }
  return parts;
}

/** The same as plain text: `d‹U+0430 а›ta`. Controls and what is not seen stand as their escapes alone. */
export function withUnusualMarked(text: string): string {
  return markUnusual(text)
    .map(({ text: piece, code }) => (code === undefined || piece.startsWith('\\') ? piece : `<${code} ${piece}>`))
    .join('');
}

/** What cannot be seen, or changes how other text is seen, as an escape. */
function visible(character: string): string {
  if (!/[\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]/u.test(character)) return character;
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
