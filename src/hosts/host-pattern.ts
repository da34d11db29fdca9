/** Longest sub-pattern OpenSSH compares (`sub[1024]` in match.c); with a longer one the whole list matches nothing. */
const maxPatternLength = 1022;

/** Whether `text` matches `pattern`, where `*` is any run of characters and `?` any one. Never exponential. */
export function matchesPattern(text: string, pattern: string): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next;
      resume = at;
      next += 1;
    } else if (next < pattern.length && (pattern[next] === '?' || pattern[next] === text[at])) {
      at += 1;
      next += 1;
    } else if (star !== -1) {
      resume += 1;
      at = resume;
      next = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[next] === '*') next += 1;
  return next === pattern.length;
}

export type ListMatch = 'matched' | 'negated' | 'unmatched';

/** PATTERNS of ssh_config(5): one matching `!pattern` outweighs any number of matches. */
export function matchPatterns(text: string, patterns: readonly string[]): ListMatch {
  let match: ListMatch = 'unmatched';
  for (const entry of patterns) {
    const negated = entry.startsWith('!');
    const pattern = negated ? entry.slice(1) : entry;
    if (pattern.length > maxPatternLength) return 'unmatched';
    if (!matchesPattern(text, pattern)) continue;
    if (negated) return 'negated';
    match = 'matched';
  }
  return match;
}

/** Lower case of ASCII letters only, as C's `tolower` in the POSIX locale. */
export function toLowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
