import { html } from 'hono/html';
import type { HtmlText } from './page.ts';

/** A part of a text as a page shows it. */
export type Piece =
  | { readonly kind: 'plain'; readonly text: string }
  /** Seen, but not ASCII: it may pass for something else. */
  | { readonly kind: 'foreign'; readonly text: string; readonly what: string }
  /** Not seen, or it changes how its neighbours look. */
  | { readonly kind: 'hidden'; readonly what: string };

const names: ReadonlyMap<number, string> = new Map([
  [0x00, 'null'],
  [0x07, 'bell'],
  [0x08, 'backspace'],
  [0x09, 'tab'],
  [0x0d, 'carriage return'],
  [0x1b, 'escape'],
  [0x7f, 'delete'],
  [0xa0, 'no-break space'],
  [0xad, 'soft hyphen'],
  [0x200b, 'zero-width space'],
  [0x200c, 'zero-width non-joiner'],
  [0x200d, 'zero-width joiner'],
  [0x200e, 'left-to-right mark'],
  [0x200f, 'right-to-left mark'],
  [0x2028, 'line separator'],
  [0x2029, 'paragraph separator'],
  [0x202a, 'left-to-right embedding'],
  [0x202b, 'right-to-left embedding'],
  [0x202c, 'end of direction'],
  [0x202d, 'left-to-right override'],
  [0x202e, 'right-to-left override'],
  [0x2060, 'word joiner'],
  [0x2066, 'left-to-right isolate'],
  [0x2067, 'right-to-left isolate'],
  [0x2068, 'isolate'],
  [0x2069, 'end of isolate'],
  [0x2800, 'empty braille pattern'],
  [0xfeff, 'byte order mark'],
]);

const hiddenKinds: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['tag character', /^[\u{E0000}-\u{E007F}]$/u],
  ['variation selector', /^\p{Variation_Selector}$/u],
  ['control character', /^\p{Cc}$/u],
  ['format character', /^\p{Cf}$/u],
  ['half of a character', /^\p{Cs}$/u],
  ['character that is not seen', /^\p{Default_Ignorable_Code_Point}$/u],
  ['space', /^[\p{Z}--[ ]]$/v],
  ['combining mark', /^\p{M}$/u],
  ['character of no meaning', /^[\p{Cn}\p{Co}]$/u],
];

const scripts =
  'Latin Cyrillic Greek Han Hiragana Katakana Hangul Arabic Hebrew Thai Devanagari Armenian Cherokee Georgian'
    .split(' ')
    .map((script) => [script, new RegExp(`^\\p{Script=${script}}$`, 'u')] as const);

/** A run of more letters than these is named by its script alone. */
const maxNamed = 4;

/** The text in parts: what is ASCII and visible, what is not ASCII, and what would not be seen. A newline is visible. */
export function piecesOf(text: string): readonly Piece[] {
  const runs: { kind: 'plain' | 'foreign' | 'hidden'; script: string; characters: string[] }[] = [];
  for (const character of text) {
    const kind = kindOf(character);
    const script = kind === 'foreign' ? scriptOf(character) : '';
    const last = runs.at(-1);
    if (last !== undefined && kind !== 'hidden' && last.kind === kind && last.script === script)
      last.characters.push(character);
    else runs.push({ kind, script, characters: [character] });
  }
  return runs.map(({ kind, script, characters }): Piece => {
    const run = characters.join('');
    switch (kind) {
      case 'plain':
        return { kind, text: run };
      case 'hidden':
        return { kind, what: `${codeOf(run)} ${hiddenName(run)}` };
      case 'foreign':
        return { kind, text: run, what: foreignName(characters, script) };
    }
  });
}

/** Text that somebody else wrote, as it is: markup stays text, and nothing hides or passes for something else. */
export function shownText(text: string): HtmlText {
  const shown = piecesOf(text).map((piece) => {
    switch (piece.kind) {
      case 'plain':
        return piece.text;
      case 'foreign':
        return html`<mark>${piece.text}<small> ${piece.what} </small></mark>`;
      case 'hidden':
        return html`<mark class="hidden">${piece.what}</mark>`;
    }
  });
  return html`<bdo dir="ltr">${shown}</bdo>`;
}

function kindOf(character: string): 'plain' | 'foreign' | 'hidden' {
  if (/^[\n\x20-\x7E]$/.test(character)) return 'plain';
  return names.has(codePoint(character)) || hiddenKinds.some(([, pattern]) => pattern.test(character))
    ? 'hidden'
    : 'foreign';
}

function hiddenName(character: string): string {
  const name = names.get(codePoint(character));
  return name ?? hiddenKinds.find(([, pattern]) => pattern.test(character))?.[0] ?? 'character';
}

function scriptOf(character: string): string {
  return scripts.find(([, pattern]) => pattern.test(character))?.[0] ?? 'not ASCII';
}

function foreignName(characters: readonly string[], script: string): string {
  return characters.length > maxNamed ? script : `${characters.map(codeOf).join(' ')} ${script}`;
}

function codeOf(character: string): string {
  return `U+${codePoint(character).toString(16).toUpperCase().padStart(4, '0')}`;
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}
