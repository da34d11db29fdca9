/** Names that run programs, read or write files, or reach the environment. A string may become one of them. */
const forbidden =
  /system|getline|ENVIRON|ARGV|ARGC|PROCINFO|SYMTAB|FUNCTAB|close\s*\(|fflush|func(?:tion)?[\s\\]|\/inet|[@`]|\b(?:while|do)\b|%[^A-Za-z%"]*(?:\d{5}|\*)/;

type Token =
  | { readonly kind: 'name' | 'number' | 'string' | 'regex' | 'newline'; readonly text: string }
  | { readonly kind: 'mark'; readonly text: string };

const keywords = new Set([
  'print',
  'printf',
  'return',
  'in',
  'if',
  'else',
  'for',
  'exit',
  'case',
  'delete',
  'next',
  'BEGIN',
  'END',
]);

const plain =
  /(?<blank>[ \t\r]+|\\\r?\n|#[^\n]*)|(?<newline>\n)|(?<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|(?<name>[A-Za-z_]\w*)|(?<string>"(?:[^"\\\n]|\\[^\r\n])*")|(?<mark>\|\||&&|[-+*%^=!<>]=|\+\+|--|!~|[-+*%^=!<>~?:;,(){}[\]$|&])/y;

/**
 * Whether an awk program only computes and prints. Read as awk's grammar reads it; where a slash may be a division or
 * begin a pattern, the program is not listed.
 */
export function isListedAwk(program: string): boolean {
  if (forbidden.test(program)) return false;
  const tokens = tokensOf(program);
  return tokens !== undefined && redirectsNothing(tokens) && endsByItself(tokens);
}

function tokensOf(program: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < program.length;) {
    if (program[at] === '/') {
      const slash = slashAt(program, at, tokens.at(-1));
      if (slash === undefined) return undefined;
      tokens.push(slash);
      at += slash.text.length;
      continue;
    }
    plain.lastIndex = at;
    const match = plain.exec(program);
    if (!match?.groups) return undefined;
    at = plain.lastIndex;
    const { newline, number, name, string, mark } = match.groups;
    if (mark !== undefined) tokens.push({ kind: 'mark', text: mark });
    else if (newline !== undefined) tokens.push({ kind: 'newline', text: newline });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (string !== undefined) tokens.push({ kind: 'string', text: string });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
  }
  return tokens;
}

function slashAt(program: string, at: number, before: Token | undefined): Token | undefined {
  const division: Token = { kind: 'mark', text: '/' };
  if (before === undefined) return regexAt(program, at);
  const { kind, text } = before;
  const isOperand = (kind === 'name' && !keywords.has(text) && text !== 'length') || kind === 'number' || text === ']';
  if (isOperand) return division;
  // Behind these it depends on what they close or belong to.
  const isDoubtful = kind === 'string' || kind === 'regex' || ['length', ')', '++', '--', '$'].includes(text);
  if (!isDoubtful) return regexAt(program, at);
  anotherSlash.lastIndex = at;
  return anotherSlash.test(program) ? undefined : division;
}

const anotherSlash = /\/(?:\\\r?\n|[^/\n])*\//y;

/** Brackets that every awk reads alike: without a slash or a bracket, and without a backslash before one; or `[][]`. */
const regex = /\/(?:[^/\\[\n]|\\[^\n]|\[\^?\]\[\]|\[(?:\^?\]|(?!\^?\]))(?:\[:[a-z]+:\]|[^/[\]\\\n]|\\[^[\]\n])*\])*\//y;

function regexAt(program: string, at: number): Token | undefined {
  regex.lastIndex = at;
  const [text] = regex.exec(program) ?? [];
  return text === undefined ? undefined : { kind: 'regex', text };
}

/** No pipe, and `>` only as a comparison: in a pattern, or inside parentheses. */
function redirectsNothing(tokens: readonly Token[]): boolean {
  let parentheses = 0;
  let braces = 0;
  for (const { kind, text } of tokens) {
    if (kind !== 'mark') continue;
    if (text === '(') parentheses += 1;
    if (text === ')') parentheses -= 1;
    if (text === '{') braces += 1;
    if (text === '}') braces -= 1;
    if (text === '|' || text === '&' || parentheses < 0 || braces < 0) return false;
    if (text === '>' && braces > 0 && parentheses === 0) return false;
  }
  return parentheses === 0 && braces === 0;
}

/** Loops go through an array, or up to a number or the count of fields. */
function endsByItself(tokens: readonly Token[]): boolean {
  return tokens.every((token, at) => {
    if (token.text !== 'for' || token.kind !== 'name') return true;
    const head = tokens
      .slice(at + 1, at + 16)
      .map(({ text }) => text)
      .join(' ');
    return (
      /^\( \w+ in \w+ \)/.test(head) ||
      /^\( (\w+) = (?:\d{1,6}|NF) ; \1 (?:<|<=|>|>=) (?:NF|\d{1,6}) ; (?:\1 \+\+|\1 --|\+\+ \1|-- \1|\1 \+= \d{1,6}) \)/.test(
        head,
      )
    );
  });
}
