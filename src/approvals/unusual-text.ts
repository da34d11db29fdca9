/**
 * The text with every character marked that is not ASCII, for it may look like one that is: `<U+0430 …>`. What cannot
 * be seen, or changes how other text is seen, stands as an escape: `\x1b`, `\u202e`.
 */
export function withUnusualMarked(text: string): string {
  return text.replace(/[^\t\n\x20-\x7e]/gu, (character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16);
    const isUnseen = /[\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}]/u.test(character);
    return isUnseen ? escaped(hex) : `<U+${hex.toUpperCase().padStart(4, '0')} ${character}>`;
  });
}

function escaped(hex: string): string {
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}
