export interface SshConfigLine {
  /** In lower case. */
  readonly keyword: string;
  readonly args: readonly string[];
}

const keywordAndRest = /^[ \t\r]*([^ \t\r"=#][^ \t\r"=]*)(?:[ \t\r]+(?:=[ \t\r]*)?|=[ \t\r]*)(.*)$/s;

/** One line of ssh_config(5); undefined for a comment, a blank line and what ssh itself refuses. */
export function parseSshConfigLine(text: string): SshConfigLine | undefined {
  // ssh's lines are C strings: what follows a NUL is not there.
  const line = text.split('\0', 1)[0] ?? '';
  const [, keyword, rest] = keywordAndRest.exec(line.trimEnd()) ?? [];
  const args = rest === undefined ? undefined : splitArguments(rest);
  return keyword === undefined || args === undefined ? undefined : { keyword: keyword.toLowerCase(), args };
}

/**
 * As `argv_split` in OpenSSH's misc.c: both kinds of quotes, backslash before a quote, a backslash or a blank, and a
 * comment from a `#` that begins a word. Undefined when a quote is left open.
 */
function splitArguments(text: string): readonly string[] | undefined {
  const args: string[] = [];
  const isBlank = (at: number): boolean => text[at] === ' ' || text[at] === '\t';
  let at = 0;
  for (;;) {
    while (isBlank(at)) at += 1;
    if (at >= text.length || text[at] === '#') return args;
    let word = '';
    let quote = '';
    for (; at < text.length && (quote !== '' || !isBlank(at)); at += 1) {
      const char = text[at] ?? '';
      const next = text[at + 1] ?? '';
      if (char === '\\' && (/["'\\]/.test(next) || (quote === '' && next === ' '))) {
        word += next;
        at += 1;
      } else if (quote === '' && (char === '"' || char === "'")) quote = char;
      else if (char === quote) quote = '';
      else word += char;
    }
    if (quote !== '') return undefined;
    args.push(word);
  }
}
