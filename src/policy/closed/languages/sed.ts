const delimiters = '/|#:,@!%_+~;';

/** What is left of a script behind a part of it; undefined where the part is not one that is listed. */
type Rest = string | undefined;

/**
 * Whether a sed script only prints and changes lines: addresses, `p d q = P D n N g G h H x l { }`, `s` with the flags
 * `g p i I` and numbers, and `y`.
 */
export function isListedSed(script: string): boolean {
  let rest = script;
  let depth = 0;
  let joins = false;
  let jumps = false;
  for (;;) {
    const trimmed = rest.replace(/^[\s;]+/, '');
    if (trimmed === '') break;
    const command = afterAddresses(trimmed);
    if (command === undefined) return false;
    const verb = command.charAt(0);
    if (verb === '#') {
      rest = command.replace(/^#[^\n]*/, '');
      continue;
    }
    if (verb === '{') depth += 1;
    if (verb === '}') depth -= 1;
    if (depth < 0) return false;
    if (verb === 'N') joins = true;
    if (verb === 'D') jumps = true;
    const after = afterCommand(command);
    if (after === undefined) return false;
    rest = after;
  }
  // D starts over without reading a line, unless N has joined one.
  return depth === 0 && (!jumps || joins);
}

function afterCommand(command: string): Rest {
  const verb = command.charAt(0);
  if (verb === '{') return command.slice(1);
  if (verb === '}') return atEnd(command.slice(1));
  if (verb === 'q') return atEnd(command.slice(1).replace(/^\s*\d{1,3}/, ''));
  if (/[pd=PDnNgGhHxl]/.test(verb)) return atEnd(command.slice(1));
  if (verb !== 's' && verb !== 'y') return undefined;
  const delimiter = command.charAt(1);
  if (!delimiters.includes(delimiter)) return undefined;
  const pattern = delimited(command.slice(2), delimiter, 'pattern');
  const replaced = pattern === undefined ? undefined : delimited(pattern, delimiter, 'text');
  return replaced === undefined ? undefined : atEnd(verb === 's' ? replaced.replace(/^[gpIi0-9]{0,6}/, '') : replaced);
}

/** A command ends at a semicolon, a newline, a closing brace or the end. */
function atEnd(rest: string): Rest {
  const trimmed = rest.replace(/^[ \t]+/, '');
  return trimmed === '' || /^[;\n}#]/.test(trimmed) ? trimmed : undefined;
}

function afterAddresses(text: string): Rest {
  const first = afterAddress(text);
  if (first === undefined) return undefined;
  let rest = first;
  if (first !== text) {
    const [, comma] = /^\s*(,)\s*/.exec(first) ?? [];
    if (comma !== undefined) {
      const start = first.replace(/^\s*,\s*/, '');
      const second = /^[+~]\d{1,9}/.test(start) ? start.replace(/^[+~]\d+/, '') : afterAddress(start);
      if (second === undefined || second === start) return undefined;
      rest = second;
    }
  }
  return rest.replace(/^[\s!]*/, '');
}

function afterAddress(text: string): Rest {
  const [number] = /^(?:\d{1,9}(?:~\d{1,9})?|\$)/.exec(text) ?? [];
  if (number !== undefined) return text.slice(number.length);
  if (text.startsWith('\\')) return undefined;
  if (!text.startsWith('/')) return text;
  return delimited(text.slice(1), '/', 'pattern')?.replace(/^I/, '');
}

/** The text behind the delimiter. Of a pattern, and of what `y` looks for, brackets are read exactly, or not at all. */
function delimited(text: string, delimiter: string, kind: 'pattern' | 'text'): Rest {
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\\') {
      if (text[at + 1] === '\n' || text[at + 1] === undefined) return undefined;
      at += 1;
    } else if (char === '\n') return undefined;
    else if (char === delimiter) return text.slice(at + 1);
    else if (kind === 'pattern' && char === '[') {
      const bracket = /^\[(?:\^?\]|(?!\^?\]))(?:[^\][\n\\]|\[(?![:.=]))*(?:\[:[a-z]+:\][^\][\n\\]*)*\]/.exec(
        text.slice(at),
      )?.[0];
      // A delimiter inside brackets ends the pattern for some, a backslash there quotes for some, and a bracket behind
      // a class begins others.
      if (bracket === undefined || bracket.includes(delimiter)) return undefined;
      at += bracket.length - 1;
    }
  }
  return undefined;
}
