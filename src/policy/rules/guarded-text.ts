import { shellWord } from '../../base/shell-word.ts';
import { takesAnything } from '../closed/programs.ts';
import type { Values } from '../closed/known-values.ts';
import type { Piece, Span, Unit, Word } from '../shell/unit.ts';

/** Names of protected files, as far as the guard must know them. */
const protectedNames =
  'etc|shadow*|gshadow*|id_*|*secret*|*password*|*credential*|*private*key*|*.pem|*.key|*.key.*|*.p12|*.pfx|*.tfstate*|*.tfvars|*.kdbx|' +
  '*.jks|*.keystore|*.ovpn|*.gpg|wp-config.php|krb5cc_*|*_history|*_hist|environ|mem|maps|smaps';

export const guardName = '_sp_t';

/**
 * Holds a value to what was judged, a piece of a name: not empty, no slash, no `=`, no leading dash or dot, no blank but a
 * space, nothing that a shell reads, and no name of a protected file. POSIX shell, the same in bash, dash and busybox.
 */
export const guardFunction =
  `${guardName}() { case $1 in ''|[-+]*|.*|*[!A-Za-z0-9_.:@%+,~^\\ -]*|${protectedNames}) echo "value refused: $1" >&2; printf %s /nonexistent/refused;; ` +
  `*) printf %s "$1";; esac; }`;

interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** Words to put behind a word of a command. */
export interface Inserted {
  readonly behind: Word;
  readonly words: readonly string[];
}

/**
 * The text with every known word quoted, and every part that is known only when it runs held by the guard. Undefined
 * where a word cannot be put back into the text that it came from.
 */
export function guardedText(
  source: string,
  units: readonly Unit[],
  { values, inserted }: { readonly values: Values; readonly inserted: readonly Inserted[] },
): string | undefined {
  if (source.includes('_sp_')) return undefined;
  const edits = new Map<string, Edit>();
  let isGuarding = false;
  const add = (span: Span, text: string): void => void edits.set(span.join(), { span, text });
  // Where one value ends, the next may begin: both edits count.
  const around = ([start, end]: Span, open: string, close: string): void => {
    edits.set(`before ${start}`, { span: [start, start], text: open });
    edits.set(`behind ${end}`, { span: [end, end], text: close });
  };
  for (const unit of units) {
    const care = careFor(unit);
    for (const word of [
      unit.program,
      ...unit.argv,
      ...unit.redirects.flatMap(({ operator, target }) => (operator.startsWith('<<') ? [] : [target])),
    ]) {
      const placed = placedIn(source, word);
      const suffix = inserted
        .filter(({ behind }) => behind === word)
        .flatMap(({ words }) => words.map((extra) => ` ${shellWord(extra)}`));
      if (placed === 'static') {
        const text = quoted(word) + suffix.join('');
        // A string that is read again, and the one word in it.
        if ((edits.get(word.span.join())?.text ?? text) !== text) return undefined;
        add(word.span, text);
        continue;
      }
      if (suffix.length > 0) return undefined;
      if (care === 'none' || word.kind !== 'dynamic') continue;
      if (word.pieces === undefined) {
        // What xargs(1) adds stands in no text.
        if (word.value === '') continue;
        return undefined;
      }
      for (const piece of word.pieces) {
        if (piece.kind === 'text' || piece.kind === 'glob' || isPlaceholder(piece)) continue;
        const held = isKnown(piece, values) ? 'quotes' : care;
        if (held === 'quotes' && piece.quoted) continue;
        // What a string that is read again holds cannot be held.
        if (placed === 'elsewhere') return undefined;
        if (isKnown(piece, values)) {
          // A name that a pattern matched is one word, whatever is in it.
          if (piece.span !== undefined) add(piece.span, `"${source.slice(...piece.span)}"`);
          continue;
        }
        if (piece.span === undefined || !isAt(source, piece, piece.span)) return undefined;
        const [open, close] = piece.quoted ? ['', ''] : ['"', '"'];
        if (care === 'quotes') {
          around(piece.span, open, close);
          continue;
        }
        isGuarding = true;
        around(piece.span, `${open}$(${guardName} "`, `")${close}`);
      }
    }
  }
  const text = applied(source, [...edits.values()]);
  return isGuarding ? `${guardFunction}\n${text}` : text;
}

/** What is done to values of the unit that are known only when it runs. */
function careFor({ program: { value: name }, argv }: Unit): 'none' | 'quotes' | 'guard' {
  if (name === 'test' || name === '[') return isPlainTest(argv) ? 'quotes' : 'guard';
  return takesAnything(name) ? 'none' : 'guard';
}

/** Whether no value can become an operator of test(1): `-v` runs what is in a subscript. */
function isPlainTest(argv: readonly Word[]): boolean {
  const [first, second, third, ...more] = argv.filter(({ value }) => value !== '!' && value !== ']');
  if (second === undefined) return true;
  const operator = third === undefined ? first : second;
  return more.length === 0 && operator?.kind === 'static' && /^(?:-[a-z]+|==?|!=|[<>])$/i.test(operator.value);
}

/** What find(1) and xargs(1) put in is no value of the shell's. */
function isPlaceholder(piece: Piece): boolean {
  return piece.kind === 'expansion' && piece.span === undefined && !/[$`]/.test(piece.source);
}

function isAt(source: string, piece: Piece, span: Span): boolean {
  const written = source.slice(...span);
  if (piece.kind === 'variable') return written === `$${piece.name}` || written === `\${${piece.name}}`;
  return piece.kind === 'expansion' && written === piece.source && /^[$`]/.test(written);
}

/** Judged by each of its values; one with blanks is not, where it may be several words. */
function isKnown(piece: Piece, values: Values): boolean {
  if (piece.kind !== 'variable') return false;
  return values.get(piece.name)?.every(({ text }) => piece.quoted || !/\s/.test(text)) === true;
}

/** Whether the text has the word where it says; what a string that is read again holds is elsewhere. */
function placedIn(source: string, { kind, value, span, tilde }: Word): 'static' | 'open' | 'elsewhere' {
  const written = source.slice(...span);
  if (kind !== 'static') return written === value ? 'open' : 'elsewhere';
  const isThere = withoutQuotes(written) === value && (tilde !== true || written.startsWith('~'));
  return isThere ? 'static' : 'elsewhere';
}

/** What a shell makes of a word without expansions. Escapes in `$'…'` and hidden newlines stay: they are no word's value. */
function withoutQuotes(written: string): string {
  return written.replace(
    /(?:\$(?='[^'\\]*'))?'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])/g,
    (_, single?: string, double?: string, escaped = '') =>
      single ?? double?.replace(/\\([\\$`"])/g, '$1') ?? String(escaped),
  );
}

/** A home directory stays one. */
function quoted({ value, tilde }: Word): string {
  if (tilde !== true) return shellWord(value);
  const end = value.indexOf('/') + 1;
  return end === 0 || end === value.length ? value : value.slice(0, end) + shellWord(value.slice(end));
}

function applied(source: string, edits: readonly Edit[]): string {
  let text = '';
  let at = 0;
  for (const { span, text: replacement } of edits.toSorted((a, b) => a.span[0] - b.span[0])) {
    text += source.slice(at, span[0]) + replacement;
    at = span[1];
  }
  return text + source.slice(at);
}
