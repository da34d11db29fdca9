import type { OperandKind, OptionSpec, Program } from './program.ts';
import type { Piece, Word } from './unit.ts';
import { isExact, literalStart, withoutStart } from './words.ts';

export interface Option {
  readonly spec: OptionSpec;
  /** As the table has it: `--recursive` also for `--rec`. */
  readonly name: string;
  readonly value?: Word;
  readonly word: Word;
}

/** The words behind a program, by what they are to it. */
export interface Arguments {
  /** The program, or what its verbs make of it. */
  readonly program: Program;
  readonly verbs: readonly string[];
  readonly options: readonly Option[];
  readonly operands: readonly { readonly kind: OperandKind; readonly word: Word }[];
  /** Words that look like options and are none we know. */
  readonly unknown: readonly Word[];
  /** The words of a command, or shell text that is joined: the last operand, to the end. */
  readonly rest?: { readonly kind: 'command' | 'joined_text'; readonly words: readonly Word[] };
  /** A word that may be anything, where a command or a verb is still to come: what follows cannot be told. */
  readonly unclear?: Word;
}

/** Reads words as getopt(3) does: letters in clusters, values attached or next, long options by any beginning. */
export function readArguments(program: Program, argv: readonly Word[]): Arguments {
  const args = new ArgumentReader(program, argv).read();
  if (program.name !== 'env') return args;
  const at = args.options.findIndex(({ name }) => name === '--split-string');
  const { value, word } = args.options[at] ?? {};
  const split = value === undefined ? undefined : splitString(value);
  if (value === undefined || word === undefined || split === undefined) return args;
  const last = argv.includes(value) ? value : word;
  const others = readArguments(program, [...split, ...argv.slice(argv.indexOf(last) + 1)]);
  return { ...others, options: [...args.options.slice(0, at), ...others.options] };
}

/** `env -S 'A=1 rm -f' x`: env splits it in a way of its own, of which only plain words are read. */
function splitString(word: Word): readonly Word[] | undefined {
  const { value, span } = word;
  if (!isExact(word) || !/^[\w./:=@%+,][\w./:=@%+, \t-]*$/.test(value.trim())) return undefined;
  return value
    .trim()
    .split(/\s+/)
    .map((text) => ({ kind: 'static', value: text, span }));
}

class ArgumentReader {
  readonly #argv: readonly Word[];
  readonly #programs: Program[];
  readonly #verbs: string[] = [];
  readonly #options: Option[] = [];
  readonly #operands: Word[] = [];
  readonly #assignments: Word[] = [];
  readonly #unknown = new Set<Word>();
  #at = 0;

  constructor(program: Program, argv: readonly Word[]) {
    this.#programs = [program];
    this.#argv = argv;
  }

  read(): Arguments {
    if (this.#program.bareCluster) this.#readBareCluster();
    let takesOptions = true;
    for (let word = this.#next(); word !== undefined; word = this.#next()) {
      const start = literalStart(word);
      if (takesOptions && this.#endsOptions(word)) {
        takesOptions = false;
        if (this.#expects('command_behind_dashes'))
          return this.#done({ kind: 'command', words: this.#argv.slice(this.#at) });
      } else if (this.#mayMove(word, start)) {
        return { ...this.#done(), unclear: word };
      } else if (takesOptions && this.#looksLikeOption(start)) {
        if (!this.#readOption(word, start)) return { ...this.#done(), unclear: word };
      } else {
        const before = this.#operands.length;
        const rest = this.#readOperand(word, start);
        if (rest !== undefined) return this.#done({ kind: rest, words: this.#argv.slice(this.#at - 1) });
        if (this.#operands.length > before && this.#expects('command')) takesOptions = false;
      }
    }
    return this.#done();
  }

  get #program(): Program {
    return this.#programs[0] ?? noProgram;
  }

  /** To a shell, `-` is what `--` is, and `+x` is an option. */
  get #isShell(): boolean {
    return this.#program.classes.includes('shell') && this.#operands.length === 0;
  }

  #endsOptions({ kind, value }: Word): boolean {
    return kind === 'static' && (value === '--' || (value === '-' && this.#isShell));
  }

  #looksLikeOption(start: string): boolean {
    return (start.startsWith('-') && start !== '-') || (start.startsWith('+') && this.#isShell);
  }

  /** Whether the word may be an option, several words or none, and that decides what those behind it are. */
  #mayMove(word: Word, start: string): boolean {
    if (word.kind === 'static' || !this.#isLocating || this.#isTextNext) return false;
    if (!isOneWord(word)) return true;
    // Nothing behind the last word of a shell is left to be text.
    const isLast = this.#isShell && this.#at === this.#argv.length;
    return (start === '' && !isLast && !isProcess(word.value)) || start === '-';
  }

  /** Whether what a later word is depends on the words before it. */
  get #isLocating(): boolean {
    if (this.#operands.length > 0) return takesCommand(this.#program);
    return this.#isShell || leadsToCommand(this.#program);
  }

  /** Shell text that cannot be known is still known to be that. */
  get #isTextNext(): boolean {
    if (this.#isShell) return this.#options.some(({ name }) => name === '-c');
    const kind = this.#places[this.#operands.length]?.kind;
    return kind === 'joined_text' || kind === 'text';
  }

  get #places(): Program['operands'] {
    return this.#program.operands.filter(({ kind }) => kind !== 'assignments');
  }

  #next(): Word | undefined {
    return this.#argv[this.#at++];
  }

  #expects(kind: OperandKind): boolean {
    return this.#program.operands.some((operand) => operand.kind === kind);
  }

  #done(rest?: Arguments['rest']): Arguments {
    const isText = this.#program.classes.includes('shell') && this.#options.some(({ name }) => name === '-c');
    const hasPattern = this.#options.some(({ spec }) => spec.isPattern);
    const kinds = isText ? (['text'] as const) : kindsOf(this.#program, this.#operands.length, hasPattern);
    const operands = this.#operands.map((word, index) => ({ kind: kinds[index] ?? 'plain', word }));
    const assignments = this.#assignments.map((word) => ({ kind: 'assignments' as const, word }));
    return {
      program: this.#program,
      verbs: this.#verbs,
      options: this.#options,
      operands: [...assignments, ...operands],
      unknown: [...this.#unknown],
      ...(rest !== undefined && { rest }),
    };
  }

  /** The kind of rest that begins with this word, or undefined where it was an operand. */
  #readOperand(word: Word, start: string): 'command' | 'joined_text' | undefined {
    const pair = /^[a-z]+=/.exec(start)?.[0] ?? '';
    const spec = this.#find(pair);
    if (spec !== undefined) {
      this.#options.push({ spec, name: pair, value: withoutStart(word, pair.length), word });
      return undefined;
    }
    if (this.#operands.length === 0) {
      const verb = word.kind === 'static' ? this.#program.verbs.get(word.value) : undefined;
      if (verb !== undefined) {
        this.#programs.unshift(verb);
        this.#verbs.push(word.value);
        return undefined;
      }
      if (this.#expects('assignments') && /^[A-Za-z_]\w*=/.test(start)) {
        this.#assignments.push(word);
        return undefined;
      }
    }
    const kind = this.#places[this.#operands.length]?.kind;
    if (kind === 'command' || kind === 'joined_text') return kind;
    this.#operands.push(word);
    return undefined;
  }

  /** False where it cannot be told how far the option goes. */
  #readOption(word: Word, start: string): boolean {
    const whole = this.#find(start);
    if (word.kind === 'static' && whole !== undefined) return this.#takeValue(whole, start, word);
    if (start.startsWith('--')) return this.#readLongOption(word, start);
    return this.#readCluster(word, start);
  }

  #readLongOption(word: Word, start: string): boolean {
    const [name = ''] = start.split('=');
    const isAttached = start.includes('=');
    if (word.kind !== 'static' && !isAttached) return false;
    const spec = this.#find(name) ?? this.#findByStart(name);
    const fullName = spec?.names.find((known) => known.startsWith(name)) ?? name;
    if (spec === undefined) {
      this.#unknown.add(word);
      return !this.#isLocating || isAttached;
    }
    if (!isAttached) return this.#takeValue(spec, fullName, word);
    this.#options.push({ spec, name: fullName, value: withoutStart(word, name.length + 1), word });
    return true;
  }

  #readCluster(word: Word, start: string): boolean {
    for (let at = 1; at < start.length; at++) {
      const name = `-${start[at]}`;
      const spec = this.#find(name);
      const isLast = at === start.length - 1 && word.kind === 'static';
      if (spec === undefined && /^-\d+$/.test(start)) return word.kind === 'static';
      if (spec === undefined) {
        this.#unknown.add(word);
        if (this.#isLocating) return false;
        continue;
      }
      if (spec.value === 'none' || spec.value === 'lookup' || (spec.value === 'attached' && isLast)) {
        this.#options.push({ spec, name: nameIn(spec), word });
      } else if (isLast) {
        return this.#takeValue(spec, nameIn(spec), word);
      } else {
        const value = withoutStart(word, at + 1);
        this.#options.push({ spec, name: nameIn(spec), value, word });
        // Shells take the value from the next word. Where nothing is attached after all, so does everything else.
        const isCertain = !this.#isShell && (literalStart(value) !== '' || spec.value === 'attached');
        return isCertain || !this.#isLocating;
      }
    }
    return word.kind === 'static';
  }

  #takeValue(spec: OptionSpec, name: string, word: Word): boolean {
    const takesNext = spec.value !== 'none' && spec.value !== 'lookup' && spec.value !== 'attached';
    const value = takesNext ? this.#next() : undefined;
    this.#options.push({
      spec,
      name: spec.names.includes(name) ? nameIn(spec) : name,
      word,
      ...(value !== undefined && { value }),
    });
    // A value that may be several words, or none, moves all that follow.
    return value === undefined || value.kind === 'static' || !this.#isLocating || isOneWord(value);
  }

  /** `tar xzf FILE`: the values of the letters follow in their order. */
  #readBareCluster(): void {
    const [first] = this.#argv;
    if (first?.kind !== 'static' || !/^[A-Za-z]+$/.test(first.value)) return;
    this.#at = 1;
    for (const letter of first.value) {
      const spec = this.#find(`-${letter}`);
      if (spec === undefined) this.#unknown.add(first);
      else this.#takeValue(spec, `-${letter}`, first);
    }
  }

  #find(name: string): OptionSpec | undefined {
    return this.#programs.map(({ options }) => options.get(name)).find((spec) => spec !== undefined);
  }

  /** Of several that begin like this, one that has consequences. */
  #findByStart(start: string): OptionSpec | undefined {
    const found = this.#programs.flatMap(({ options }) =>
      [...options].flatMap(([name, spec]) => (name.startsWith(start) ? [spec] : [])),
    );
    const matters = ({ classes, value, writesOperands }: OptionSpec): boolean =>
      classes.length > 0 || writesOperands || value === 'runs' || value === 'writes';
    return found.find(matters) ?? found[0];
  }
}

const noProgram: Program = {
  name: '',
  classes: [],
  options: new Map(),
  operands: [],
  verbs: new Map(),
  bareCluster: false,
};

function takesCommand({ operands }: Program): boolean {
  return operands.some(({ kind }) => kind === 'command' || kind === 'joined_text' || kind === 'text');
}

const leading = new WeakMap<Program, boolean>();

/** Whether the program, or what one of its verbs makes of it, takes a command among its words. */
function leadsToCommand(program: Program): boolean {
  const known = leading.get(program);
  if (known !== undefined) return known;
  const leads = takesCommand(program) || [...program.verbs.values()].some(leadsToCommand);
  leading.set(program, leads);
  return leads;
}

/** The longest of an option's names says what it does. */
function nameIn({ names }: OptionSpec): string {
  return names.at(-1) ?? '';
}

function isOneWord({ pieces }: Word): boolean {
  return pieces?.every(isOnePiece) === true;
}

/** `"$@"`, `"${a[@]}"` and `"${!a}"` are as many words as there are values. */
function isOnePiece(piece: Piece): boolean {
  switch (piece.kind) {
    case 'text':
      return true;
    case 'glob':
      return false;
    case 'variable':
      return piece.quoted && piece.name !== '@';
    case 'expansion':
      return (piece.quoted || isProcess(piece.source)) && !/^\$\{(?:!|[^]*@)/.test(piece.source);
  }
}

/** `<(command)` is the path of a file. */
function isProcess(source: string): boolean {
  return /^[<>]\(/.test(source);
}

/** What each of `count` operands is: those with a place from both ends, the one that repeats between them. */
function kindsOf({ operands }: Program, count: number, hasPattern: boolean): readonly OperandKind[] {
  const all = operands.filter(({ kind }) => kind !== 'assignments' && kind !== 'command_behind_dashes');
  const places = hasPattern ? all.slice(1) : all;
  const repeating = places.findIndex(({ repeats }) => repeats);
  if (repeating === -1) return places.map(({ kind }) => kind);
  const before = places.slice(0, repeating).map(({ kind }) => kind);
  const after = places.slice(repeating + 1).map(({ kind }) => kind);
  const between = Math.max(0, count - before.length - after.length);
  const kind = places[repeating]?.kind ?? 'plain';
  return [...before, ...Array.from({ length: between }, () => kind), ...after];
}
