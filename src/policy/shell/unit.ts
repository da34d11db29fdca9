/** Offsets into the text that was read, in UTF-16 units: from the first to behind the last. */
export type Span = readonly [start: number, end: number];

/** A word as the shell will read it. Static words are known; of the others only the source is. */
export interface Word {
  /** `static`: its text is known. `glob`: a pattern, which the host's files decide. `dynamic`: known only when it runs. */
  readonly kind: 'static' | 'glob' | 'dynamic';
  /** Static: the text after quote removal. Glob: the pattern, with `\` before what was quoted. Dynamic: the source. */
  readonly value: string;
  readonly span: Span;
}

export interface Assignment {
  readonly name: string;
  readonly value: Word;
  /** How it is set: before a command, by itself for what follows, or as an operand of `export`, `env`, `sudo` and the like. */
  readonly by: 'prefix' | 'statement' | 'operand';
}

export type RedirectOperator = '>' | '>>' | '<' | '<>' | '>|' | '&>' | '&>>' | '>&' | '<&' | '<<' | '<<-' | '<<<';

export interface Redirect {
  readonly operator: RedirectOperator;
  /** The descriptor before the operator: a number, or the name in `{name}`. */
  readonly descriptor?: string;
  /** Of a here-document: its body. */
  readonly target: Word;
}

/** How a unit was reached through `sudo` or `doas`. */
export interface Sudo {
  readonly user?: Word;
  readonly group?: Word;
  /** Its options as written, those with a value joined to it: `-n`, `-u www-data`. */
  readonly options: readonly Word[];
}

/**
 * One simple command that a text may run: written out, or inside a wrapper, a substitution or a string that a shell reads
 * again. Spans are into the outermost text; inside strings that are read again they cover the whole string.
 */
export interface Unit {
  readonly program: Word;
  /** What follows the program. */
  readonly argv: readonly Word[];
  readonly env: readonly Assignment[];
  /** Its own, and those of the groups, loops and wrappers it stands in. */
  readonly redirects: readonly Redirect[];
  /** The wrappers it was reached through, outermost first; each is a unit of its own as well. */
  readonly via: readonly string[];
  readonly sudo?: Sudo;
  readonly stdin: 'none' | 'pipe' | 'file' | 'heredoc' | 'herestring';
  readonly background: boolean;
  /** A `cd` before it or around it: relative paths are not what they seem. */
  readonly cwdSet: boolean;
  readonly span: Span;
}

export interface Finding {
  readonly code: string;
  readonly severity: 'ask' | 'deny';
  /** What was found, for people. */
  readonly text: string;
  readonly span: Span;
}

export type ShellReading =
  | {
      readonly kind: 'units';
      readonly units: readonly Unit[];
      /** The text with every word quoted, which runs exactly what was read; only where every word is static. */
      readonly canonical?: string;
      readonly findings: readonly Finding[];
    }
  | { readonly kind: 'unreadable'; readonly code: string; readonly text: string; readonly span?: Span };
