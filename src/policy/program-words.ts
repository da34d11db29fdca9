/** The programs that a command starts, in their order; or the text because of which they cannot be known. */
export type ProgramWords =
  | { readonly kind: 'known'; readonly programs: readonly string[] }
  | { readonly kind: 'unclear'; readonly because: string };

/**
 * As much of a command as every shell reads alike. Of redirections, those that write no file: from and to `/dev/null`,
 * and between the outputs. Of quotes, those with no backslash before the closing one, which fish and csh read otherwise.
 */
const token = new RegExp(
  [
    String.raw`(?<redirection>(?:<|&?>{1,2})[ \t]*\/dev\/null(?![^ \t\n;|&])|>&[12](?![^ \t\n;|&]))`,
    String.raw`(?<blank>[ \t]+)`,
    String.raw`(?<separator>[\n;|&])`,
    String.raw`'(?<single>(?:[^'\\]|\\(?!'))*)'`,
    String.raw`"(?<double>(?:[^"\\$\x60]|\\(?!")|\$(?=[\w"]))*)"`,
    String.raw`\\(?<escaped>[^\n])`,
    String.raw`(?<plain>[^ \t\n;|&'"\\\x60$\(\)<>#]+|\$\w+)`,
    String.raw`(?<hash>#)`,
  ].join('|'),
  'y',
);

/**
 * The first word of every stage of a command: of what stands between `;`, `|`, `&` and newlines.
 *
 * What would need more of a shell than that is unclear: substitutions, subshells, other redirections, comments.
 */
export function programWords(command: string): ProgramWords {
  const programs: string[] = [];
  /** Undefined between words. */
  let word: string | undefined;
  let isFirst = true;
  const endWord = (): void => {
    if (word === undefined) return;
    if (isFirst) programs.push(word);
    isFirst = false;
    word = undefined;
  };
  for (let at = 0; at < command.length; at = token.lastIndex) {
    token.lastIndex = at;
    const { blank, separator, redirection, single, double, escaped, plain, hash } = token.exec(command)?.groups ?? {};
    const text = single ?? double ?? escaped ?? plain ?? (word === undefined ? undefined : hash);
    if (text !== undefined) {
      word = (word ?? '') + text;
    } else if (blank !== undefined || redirection !== undefined || separator !== undefined) {
      endWord();
      if (separator !== undefined) isFirst = true;
    } else {
      return { kind: 'unclear', because: command.slice(at, at + 2) };
    }
  }
  endWord();
  return { kind: 'known', programs };
}
