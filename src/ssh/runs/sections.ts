/** Begins the line that names a section. A section's own lines all begin with `|`, so no text on the host can forge one. */
export const sectionMark = 'sallyport-section-5d0c9e71b24a';

/** A line is what the host makes of it. */
const maxLineLength = 1_000;

/**
 * Makes of the body of a POSIX script a command for whatever shell the account has: every shell, csh and fish too, hands
 * the quoted body to `sh` as it is. The words become `$1` and so on, and must be quoted already.
 *
 * The body holds no single quote, backslash, exclamation mark or newline. In it, `section NAME PROGRAM ARGUMENT…` writes
 * the section with what the program wrote to its standard output, and leaves its exit status in `$code`.
 */
export function sectionScript(body: string, words: readonly string[] = []): string {
  return `exec ${longSectionScript(body, words)}`;
}

/** The same, of what may take long: the login shell stays, and tells the host how it ended, should it become a job. */
export function longSectionScript(body: string, words: readonly string[] = []): string {
  return ["sh -c '", prelude, body, "'", ...(words.length === 0 ? [] : [' sh ', words.join(' ')])].join('');
}

const prelude = [
  'PATH=$PATH:/usr/local/bin:/usr/sbin:/sbin; LC_ALL=C; export PATH LC_ALL',
  // A text without a newline at its end must not swallow the mark: hence the empty line.
  'section() { name=$1; shift; text=$("$@" 2>/dev/null </dev/null); code=$?; echo',
  `echo "${sectionMark} $name $code"; printf "%s" "$text" | sed -n "1,64s/^/|/p"; }; `,
].join('; ');

export interface Section {
  readonly lines: readonly string[];
  /** Exit status of its program. */
  readonly status: number;
}

/** Reads what such a script wrote. */
export function readSections(output: string): ReadonlyMap<string, Section> {
  const sections = new Map<string, { readonly lines: string[]; readonly status: number }>();
  let current: string[] = [];
  for (const raw of output.split('\n')) {
    const text = raw.slice(0, maxLineLength);
    if (text.startsWith('|')) current.push(text.slice(1));
    if (!text.startsWith(`${sectionMark} `)) continue;
    const [name = '', status] = text
      .slice(sectionMark.length + 1)
      .trim()
      .split(' ');
    current = [];
    sections.set(name, { lines: current, status: Number(status) });
  }
  return sections;
}
