import { byteClass, orNonAscii, restOf } from './byte-class.ts';
import { isPlaceholder } from './placeholder.ts';
import { byteAt, none, unknown, type Rest, type SecretPattern, type View } from './secret-pattern.ts';

/** How sure a key makes us of its value. */
export type KeyKind =
  /** Chosen by people: short, but nothing else stands there. */
  | 'password'
  /** Made by machines: long and random; much else has such names. */
  | 'token'
  /** A header: what follows it is one, but for what comes first, such as `Bearer`. */
  | 'header';

/** So far a key, what is between, and the value are looked at. */
const windowBytes = 256;
/** So much of a value is looked at, to tell whether it is a secret. */
const judgedBytes = 64;

const open = String.raw`(?<quote>\\?["'\x60])?`;
const scheme = '(?:(?<scheme>bearer|basic|token|apikey|splunk)[ \\t]{1,4})?';
const unquoted = String.raw`[^\s"'\x60<>,;&()\\|]`;
const assigned = new RegExp(
  String.raw`^(?<before>(?:\\?["'])?\]?[ \t]{0,8}(?<sign>:=|=>|[=:](?!=)|(?<=^)>|(?<=^)[ \t])[ \t]{0,8}` +
    String.raw`${open}${scheme})(?<value>.*)$`,
  'is',
);
const bare = new RegExp(`^${unquoted}*`);
const afterKey = byteClass(' \\t"\':=>\\]\\\\');
const nonBlank = orNonAscii(byteClass('!#-&(-;=?-_a-~'));
/** What the bytes may end in where an assignment is cut. */
const cutOpening = /^\\?["']?\]?[ \t]{0,8}[:=]?$/;

/** A value that its key says to be a secret: `DB_PASSWORD=…`, `"client_secret": "…"`, `Authorization: Bearer …`. */
export function assignment(name: string, key: string, kind: KeyKind): SecretPattern {
  return {
    name,
    anchors: [key],
    letters: 'any_case',
    begin: (view, at, from) => {
      const { bytes, isWhole } = view;
      const next = bytes[from];
      if (next === undefined) return isWhole ? none : unknown;
      if (afterKey[next] !== 1) return none;
      const { line, isAll } = lineFrom(view, from);
      const groups = assigned.exec(line)?.groups;
      if (!groups) return !isAll && cutOpening.test(line) ? unknown : none;
      const { before = '', sign = '', quote = '', value: rest = '' } = groups;
      const value = quote === '' ? (bare.exec(rest)?.[0] ?? '') : untilQuote(rest, quote);
      const isCut = value.length === rest.length || rest === '\\';
      if (!isAll && isCut && value.length < judgedBytes) return unknown;
      const isOption = byteAt(view, at - 1) === 0x2d && byteAt(view, at - 2) === 0x2d;
      if (sign.trim() === '' && !isOption) return none;
      const isUpper = bytes.toString('latin1', at, from) === key.toUpperCase();
      const judged = {
        value: value.slice(0, judgedBytes),
        isQuoted: quote !== '',
        isConstant: isUpper && sign === '=',
        hasScheme: groups['scheme'] !== undefined,
      };
      if (!isSecret(kind, judged)) return none;
      const start = from + before.length;
      return { kind: 'found', start, end: start, rest: quote === '' ? restOf(nonBlank) : restOfQuoted(quote) };
    },
  };
}

/** What follows up to the end of the line, `windowBytes` at most, and whether more of it can come. */
function lineFrom({ bytes, isWhole }: View, from: number): { readonly line: string; readonly isAll: boolean } {
  const window = bytes.subarray(from, from + windowBytes);
  const newline = window.indexOf(0x0a);
  const line = window.toString('latin1', 0, newline === -1 ? window.length : newline);
  return { line, isAll: isWhole || newline !== -1 || window.length === windowBytes };
}

function untilQuote(text: string, quote: string): string {
  const end = closingQuote(text, quote);
  return end === -1 ? text : text.slice(0, end);
}

/** Where a quoted value ends; within quotes that are escaped themselves, at the next backslash. */
function closingQuote(text: string, quote: string): number {
  if (quote.length === 2) return text.indexOf('\\');
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === quote) return at;
  }
  return -1;
}

interface Judged {
  readonly value: string;
  readonly isQuoted: boolean;
  /** `NAME=value`, as in files of environment variables, which hold values and no code. */
  readonly isConstant: boolean;
  readonly hasScheme: boolean;
}

function isSecret(kind: KeyKind, { value, isQuoted, isConstant, hasScheme }: Judged): boolean {
  if (isPlaceholder(value) || /^(?:[./~]|file:)/.test(value) || (!isQuoted && isCode.test(value))) return false;
  const hasDigit = /\d/.test(value);
  switch (kind) {
    case 'password':
      return (
        value.length >= 6 && !/\s/.test(value) && (isConstant || hasDigit || /[!@#$%^&*+~?]|^(?=.*-).{12}/.test(value))
      );
    case 'token':
      if (isConstant && value.length >= 12 && hasDigit) return true;
      return (
        /^[\w+/=.~-]{16}/.test(value) &&
        hasDigit &&
        ((/[a-z]/.test(value) && /[A-Z]/.test(value)) || /[A-Za-z0-9]{20}/.test(value))
      );
    case 'header':
      if (!/^[\w+/=.~:-]{8}/.test(value)) return false;
      return hasDigit || value.length >= 16 || (hasScheme && /[a-z]/.test(value) && /[A-Z]/.test(value));
  }
}

/** A call, or a name within another: what programs say where others write values. */
const isCode = /^[A-Za-z_][\w.]*\(|^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/;

/** Up to the closing quote, or the end of the line. */
function restOfQuoted(quote: string): Rest {
  const [closing] = quote.slice(-1);
  let isEscaped = false;
  return {
    next: ({ bytes, isWhole }, at) => {
      let end = at;
      for (; end < bytes.length; end += 1) {
        const character = String.fromCharCode(bytes[end] ?? 0);
        if (character === '\n' || (!isEscaped && character === closing)) return { end, done: true };
        if (quote.length === 2 && character === '\\') return { end, done: true };
        isEscaped = !isEscaped && character === '\\';
      }
      return { end, done: isWhole };
    },
  };
}
