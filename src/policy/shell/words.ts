import type { ArrayValue, DoubleQuotedChild, HereDoc, Word as AstWord, WordPart } from 'unbash';
import type { Piece, Span, Word } from './unit.ts';

const maxBraceWords = 64;

/** What a word of the tree comes to: several words where it has braces with a plain list. */
export function readWords(word: AstWord, span: Span): readonly Word[] {
  const alternatives =
    word.parts?.some(({ type }) => type === 'BraceExpansion') === true ? expandBraces(word) : undefined;
  if (alternatives === undefined) return [readWord(word, span)];
  return alternatives.map((value) => ({ kind: 'static', value, span }));
}

export function readWord(word: AstWord, span: Span): Word {
  const tilde = /^~[^/'"\\$`]*(?:\/|$)/.test(word.text);
  const pieces = piecesOf(word);
  if (pieces === undefined || hasHiddenBraces(word) || hasInnerTilde(word.text)) {
    return { kind: 'dynamic', value: word.text, span, ...(tilde && { tilde }) };
  }
  const kind = kindOf(pieces);
  if (kind === 'static') return { kind, value: textOf(pieces), span, ...(tilde && { tilde }) };
  return { kind, value: word.text, span, pieces, ...(tilde && { tilde }) };
}

export function readArray({ elements }: ArrayValue, span: Span): Word {
  return { kind: 'dynamic', value: `(${elements.map(({ text }) => text).join(' ')})`, span };
}

/** The text of a here-document, as a word. */
export function heredocBody({ operator, delimiter, body }: HereDoc, span: Span): Word {
  const stripped = operator === '<<-' ? body.text.replace(/^\t+/gm, '') : body.text;
  if (delimiter?.quoted === true) return { kind: 'static', value: stripped, span };
  const isStatic = body.parts === undefined || body.parts.every(({ type }) => type === 'Literal');
  if (isStatic) return { kind: 'static', value: unescaped(body.text, operator), span };
  const pieces = operator === '<<-' ? undefined : body.parts?.flatMap((part) => piecesOfPart(part, true));
  return { kind: 'dynamic', value: stripped, span, ...(pieces !== undefined && { pieces }) };
}

/** Tabs are taken from where a line begins: not from behind a newline that a backslash hides. */
function unescaped(text: string, operator: HereDoc['operator']): string {
  const pattern = operator === '<<-' ? /\\([\\$`]|\n\t*)|^\t+/gm : /\\([\\$`\n])/g;
  return text.replace(pattern, (_, escaped = '') => String(escaped).replace('\n', ''));
}

/** Words joined by blanks, as `eval` and `ssh` join them; undefined where not all are static. */
export function joined(words: readonly Word[]): string | undefined {
  return words.every(isExact) ? words.map(({ value }) => value).join(' ') : undefined;
}

/** Whether the word is the very text that the program will be given, whatever the host is like. */
export function isExact({ kind, tilde }: Word): boolean {
  return kind === 'static' && tilde !== true;
}

/** The word with every place for a name that is not known yet. */
export function filledIn(word: Word, placeholder: string): Word {
  if (placeholder === '') return word;
  if (word.kind !== 'static') {
    const isIn = [word.value, textOf(word.pieces ?? [])].some((text) => text.includes(placeholder));
    return isIn ? { kind: 'dynamic', value: word.value, span: word.span } : word;
  }
  if (!word.value.includes(placeholder)) return word;
  const pieces = word.value
    .split(placeholder)
    .flatMap((text, index) => [
      ...(index === 0 ? [] : [{ kind: 'expansion', source: placeholder, quoted: true } as const]),
      ...(text === '' ? [] : [{ kind: 'text', text } as const]),
    ]);
  return { kind: 'dynamic', value: word.value, span: word.span, pieces };
}

/** The text that the word certainly begins with. */
export function literalStart({ kind, value, pieces }: Word): string {
  if (kind === 'static') return value;
  const [first] = pieces ?? [];
  return first?.kind === 'text' ? first.text : '';
}

/** The word without its first `count` characters, which its literal start must have. */
export function withoutStart(word: Word, count: number): Word {
  const { kind, span, pieces = [] } = word;
  if (kind === 'static') return { kind, value: word.value.slice(count), span };
  const [first, ...others] = pieces;
  const text = first?.kind === 'text' ? first.text.slice(count) : '';
  const left: readonly Piece[] = text === '' ? others : [{ kind: 'text', text }, ...others];
  return { kind, value: left.map(sourceOf).join(''), span, pieces: left };
}

function sourceOf(piece: Piece): string {
  switch (piece.kind) {
    case 'text':
    case 'glob':
      return piece.text;
    case 'variable':
      return `\${${piece.name}}`;
    case 'expansion':
      return piece.source;
  }
}

function kindOf(pieces: readonly Piece[]): Word['kind'] {
  if (pieces.some(({ kind }) => kind === 'variable' || kind === 'expansion')) return 'dynamic';
  return pieces.some(({ kind }) => kind === 'glob') ? 'glob' : 'static';
}

function textOf(pieces: readonly Piece[]): string {
  return pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('');
}

function piecesOf(word: AstWord): readonly Piece[] | undefined {
  if (word.parts === undefined) return [{ kind: 'text', text: word.value }];
  if (word.parts.some(({ type }) => type === 'BraceExpansion')) return undefined;
  return word.parts.flatMap((part) => piecesOfPart(part, false));
}

function piecesOfPart(part: WordPart | DoubleQuotedChild, quoted: boolean): readonly Piece[] {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return [{ kind: 'text', text: part.value }];
    case 'DoubleQuoted':
    case 'LocaleString':
      return part.parts.length === 0
        ? [{ kind: 'text', text: '' }]
        : part.parts.flatMap((child) => piecesOfPart(child, true));
    case 'Glob':
      if (part.parts?.some(({ type }) => type !== 'Literal' && type !== 'SingleQuoted') === true)
        return [expansion(part, quoted)];
      return [{ kind: 'glob', text: part.text }];
    case 'SimpleExpansion':
      return [{ kind: 'variable', name: part.text.slice(1), quoted, ...placeOf(part) }];
    case 'ParameterExpansion':
      if (part.text !== `\${${part.parameter}}`) return [expansion(part, quoted)];
      return [{ kind: 'variable', name: part.parameter, quoted, ...placeOf(part) }];
    case 'CommandExpansion':
    case 'ArithmeticExpansion':
    case 'ProcessSubstitution':
    case 'ExtendedGlob':
    case 'BraceExpansion':
      return [expansion(part, quoted)];
  }
}

function expansion(part: { readonly text: string }, quoted: boolean): Piece {
  return { kind: 'expansion', source: part.text, quoted, ...placeOf(part) };
}

/** Where a part stands in the text that it was parsed from. */
function placeOf(part: object): { readonly span?: Span } {
  const isPlaced = 'pos' in part && 'end' in part && typeof part.pos === 'number' && typeof part.end === 'number';
  return isPlaced ? { span: [Number(part.pos), Number(part.end)] } : {};
}

/** Braces that the parser left as they are and bash may expand: a comma or `..` between them, none of it quoted. */
function hasHiddenBraces({ text }: AstWord): boolean {
  if (!text.includes('{')) return false;
  const unquoted = text.replace(/\$\{|\\[^]|'[^']*'|"(?:[^"\\]|\\[^])*"/g, '');
  const start = unquoted.indexOf('{');
  return start !== -1 && /,|\.\./.test(unquoted.slice(start, unquoted.lastIndexOf('}') + 1));
}

/** `name=~/x` and `name=a:~/x`, where bash puts home directories even in operands. */
function hasInnerTilde(text: string): boolean {
  return /^[A-Za-z_]\w*\+?=(?:[^'"\\]*:)?~/.test(text);
}

/** All words of `a{b,c}{d,e}`; undefined where the braces hold more than plain text or make too many words. */
function expandBraces({ text }: AstWord): readonly string[] | undefined {
  if (!/^[\w/.,{}@%+:=-]*$/.test(text) || text.includes('..')) return undefined;
  const tokens = text.split(/(\{[^{}]*,[^{}]*\})/);
  if (tokens.some((token, index) => index % 2 === 0 && /[{}]/.test(token))) return undefined;
  let words: readonly string[] = [''];
  for (const [index, token] of tokens.entries()) {
    const choices = index % 2 === 0 ? [token] : token.slice(1, -1).split(',');
    words = words.flatMap((word) => choices.map((choice) => word + choice));
    if (words.length > maxBraceWords) return undefined;
  }
  // Bash drops words that come to nothing.
  return words.filter((word) => word !== '');
}
