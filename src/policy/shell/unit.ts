/** Offsets into the text that was read, in UTF-16 units: of the first, and behind the last. */
export type Span = readonly [start: number, end: number];

/** A part of a word whose text depends on more than the word. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  /** An unquoted `*`, `?` or `[…]`. */
  | { readonly kind: 'glob'; readonly text: string }
  /** `$name` and `${name}`, with nothing more to it. Quoted: it stays one word, and is no pattern. */
  | { readonly kind: 'variable'; readonly name: string; readonly quoted: boolean; readonly span?: Span }
  /** Any other expansion: only its source is known. */
  | { readonly kind: 'expansion'; readonly source: string; readonly quoted: boolean; readonly span?: Span };

/** A word as the shell will read it. */
export interface Word {
  /** `static`: its text is known. `glob`: a pattern, which the host's files decide. `dynamic`: known only when it runs. */
  readonly kind: 'static' | 'glob' | 'dynamic';
  /** Static: the text after quote removal. Glob: the pattern as written. Dynamic: the source. */
  readonly value: string;
  readonly span: Span;
  /** It begins with a `~` and a name, none of it quoted: the value still has it, and stands for a path in a home directory. */
  readonly tilde?: true;
  /** What a glob or dynamic word is made of, in order; absent where that cannot be told. */
  readonly pieces?: readonly Piece[];
}

export interface Assignment {
  readonly name: string;
  readonly value: Word;
  /** Of one element, or of a whole array: not what the variable as such becomes. */
  readonly partial?: true;
}

export type RedirectOperator = '>' | '>>' | '<' | '<>' | '>|' | '&>' | '&>>' | '>&' | '<&' | '<<' | '<<-' | '<<<';

export interface Redirect {
  readonly operator: RedirectOperator;
  /** The number before the operator, or the name in `{name}`. */
  readonly descriptor?: string;
  /** Of a here-document: its body. */
  readonly target: Word;
}

/** How a unit was reached through `sudo` or `doas`; of several, the innermost. */
export interface Sudo {
  readonly user?: Word;
  readonly group?: Word;
  /** Every option by its full name: `--non-interactive`, `--user`. */
  readonly options: readonly string[];
}

export type Stdin = 'none' | 'pipe' | 'file' | 'heredoc' | 'herestring';

/**
 * One simple command that a text may run: written out, or inside a wrapper, a substitution or a string that a shell reads
 * again. A wrapper is a unit of its own, and what it runs is another.
 */
export interface Unit {
  /** Static and empty where there are only assignments or redirections. */
  readonly program: Word;
  /** What follows the program. */
  readonly argv: readonly Word[];
  /** The assignments before it, and those of wrappers. The operands of `export` and its like are in `argv`. */
  readonly env: readonly Assignment[];
  /** Its own, and those of the groups, loops and wrappers it stands in. */
  readonly redirects: readonly Redirect[];
  /** The wrappers it was reached through, by their plain names and verbs (`docker exec`), outermost first. */
  readonly via: readonly string[];
  /** The unit in whose words it stands, by its place in the reading. */
  readonly wrapper?: number;
  readonly sudo?: Sudo;
  readonly stdin: Stdin;
  /** The units whose output it may be given, by a pipe or a substitution: their places in the reading. */
  readonly fedBy: readonly number[];
  readonly background: boolean;
  /** Somewhere in the text the working directory is changed: relative paths are not what they seem. */
  readonly cwdSet: boolean;
  /** Where it stands in the text. Inside a string that is read again: where that string stands. */
  readonly span: Span;
}

/** Something that no single unit shows. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: 'ask' | 'deny';
  /** For people. */
  readonly text: string;
  readonly span: Span;
}

export type FindingCode =
  /** The command word is not known, or only by what files there are. */
  | 'dynamic_program'
  /** The command word comes out of braces. */
  | 'brace_program'
  /** A string that is run as shell text is not known. */
  | 'opaque_text'
  /** A wrapper's command cannot be found among its words. */
  | 'unclear_wrapper'
  /** A shell or interpreter reads its program from standard input or a substitution. */
  | 'code_from_stdin'
  /** Code is run that was fetched from another machine. */
  | 'fetched_code'
  /** The client of a database is given statements that are not known, or that destroy data. */
  | 'unknown_statements'
  /** Code is run that a decoder made. */
  | 'decoded_code'
  /** A name becomes another command: functions, aliases, `hash -p`, `enable -f`. */
  | 'redefined_command'
  /** A file is read as shell text into this shell. */
  | 'sourced_file'
  | 'coproc'
  /** A function that starts itself beside itself. */
  | 'fork_bomb'
  /** A loop that need not end, or words that are counted out beyond measure. */
  | 'may_not_end'
  /** A variable is set that decides which programs run, or what code runs beside them. */
  | 'dangerous_variable'
  /** `${x@P}` and `${!x}` run or rename what is in the variable; so does arithmetic on a string that holds a subscript. */
  | 'evaluated_value'
  /** Arithmetic runs commands. */
  | 'arithmetic_command'
  /** Arithmetic on a value that is not known: it may hold a subscript, and with that commands. */
  | 'number_expected'
  /** A redirection to the shell's own network files. */
  | 'network_redirect';

export type ShellReading =
  | {
      readonly kind: 'units';
      readonly units: readonly Unit[];
      /** How many statements stand at the top of the text. */
      readonly statements: number;
      /** The text with every word quoted, which runs exactly what was read; only where every word is static. */
      readonly canonical?: string;
      readonly findings: readonly Finding[];
      /**
       * Every name that a `for` loop sets, with the words it goes through; undefined: the arguments of the shell. And
       * every name that `${name:=word}` may set.
       */
      readonly loops: readonly {
        readonly name: string;
        readonly words: readonly Word[] | undefined;
        readonly span: Span;
        readonly isDefault?: true;
      }[];
    }
  | { readonly kind: 'unreadable'; readonly code: UnreadableCode; readonly text: string; readonly span?: Span };

export type UnreadableCode =
  | 'empty'
  | 'too_long'
  | 'too_many_commands'
  | 'nested_too_deeply'
  | 'hidden_characters'
  | 'syntax'
  /** Bash and our parser could read it in different ways. */
  | 'ambiguous';
