import {
  forEachChild,
  type Assignment as AstAssignment,
  type Command,
  type ParsedScript,
  type Pipeline,
  type Redirection,
  type SyntaxNode,
} from 'unbash';
import { readArguments } from './arguments.ts';
import { unreadable, type Unreadable } from './input-checks.ts';
import { innerOf, type Inner } from './inner.ts';
import { findingsInNode } from './node-findings.ts';
import { programNamed } from './programs.ts';
import { maxCommands, parseShell, tooManyCommands, type Dialect } from './shell-parser.ts';
import { sudoOf } from './sudo.ts';
import type { Assignment, Finding, Redirect, ShellReading, Span, Stdin, Sudo, Unit, Word } from './unit.ts';
import { findingsInUnit } from './unit-findings.ts';
import { heredocBody, literalStart, readArray, readWord, readWords, withoutStart } from './words.ts';

/** Simple commands that stand in the text, and units that they come to. */
const maxUnits = 400;
/** Words of all commands, and those of them that may be several: each is compared with every pattern for paths. */
const maxWords = 2000;
const maxOpenWords = 300;
/** Wrappers and shells in each other. */
const maxVia = 8;

/** In UTF-16 units, of all strings that shells in the text read again. */
const maxReadAgain = 32_768;

/** What holds for a part of a text. */
interface Scope {
  /** For strings that are read again, where they stand in the text. */
  readonly place: Span | undefined;
  readonly redirects: readonly Redirect[];
  readonly via: readonly string[];
  readonly wrapper: number | undefined;
  readonly sudo: Sudo | undefined;
  readonly stdin: Stdin;
  readonly fedBy: readonly number[];
  readonly background: boolean;
}

const outermost: Scope = {
  place: undefined,
  redirects: [],
  via: [],
  wrapper: undefined,
  sudo: undefined,
  stdin: 'none',
  fedBy: [],
  background: false,
};

interface Draft {
  readonly words: readonly Word[];
  readonly env: readonly Assignment[];
  readonly span: Span;
}

type Loop = Extract<ShellReading, { readonly kind: 'units' }>['loops'][number];

/** Goes through a text and all that it runs again, and collects units and findings. */
export class ShellReader {
  readonly units: Unit[] = [];
  readonly findings: Finding[] = [];
  readonly loops: Loop[] = [];
  #commands = 0;
  #read = 0;
  #words = 0;
  #openWords = 0;
  /** What `exec < FILE` gives all commands behind it to read. */
  #input: Pick<Scope, 'redirects' | 'stdin' | 'fedBy'> = outermost;
  /** What makes the whole unreadable; the first counts. */
  problem: Unreadable | undefined;

  read(script: ParsedScript): void {
    this.#visit(script, outermost);
  }

  #readText(text: string, dialect: Dialect, scope: Scope): void {
    if (this.problem !== undefined) return;
    this.#read += text.length;
    if (this.#read > maxReadAgain) {
      this.problem = unreadable('nested_too_deeply', 'Too much of the text is read again by shells in it.');
      return;
    }
    const parsed = parseShell(text, dialect);
    if (parsed.kind === 'parsed') this.#visit(parsed.script, scope);
    else this.problem = { ...parsed, ...(scope.place !== undefined && { span: scope.place }) };
  }

  #visit(node: SyntaxNode, scope: Scope): void {
    if (this.problem !== undefined) return;
    this.findings.push(...findingsInNode(node, spanIn(scope, node)));
    if (node.type === 'Statement') {
      this.#visit(node.command, { ...scope, background: scope.background || node.background === true });
    } else if (node.type === 'Pipeline') {
      this.#visitPipeline(node, scope);
    } else if (node.type === 'Command') {
      this.#visitCommand(node, scope);
    } else if (node.type === 'Redirected') {
      const fedBy = [...scope.fedBy, ...this.#visitAll(node.redirects, scope)];
      this.#visit(node.command, { ...withRedirects(scope, this.#redirects(node.redirects, scope)), fedBy });
    } else if (node.type === 'TestCommand' || node.type === 'ArithmeticCommand') {
      this.#visitChildren(node, scope);
      if (scope.redirects.length > 0) this.#add({ words: [], env: [], span: spanIn(scope, node) }, scope);
    } else {
      this.#noteLoop(node, scope);
      this.#visitChildren(node, scopeInside(node, scope));
    }
  }

  #visitPipeline({ commands }: Pipeline, scope: Scope): void {
    const first = this.units.length;
    for (const [index, command] of commands.entries()) {
      const fedBy = [...scope.fedBy, ...range(first, this.units.length)];
      this.#visit(command, index === 0 ? scope : { ...scope, stdin: 'pipe', fedBy });
    }
  }

  #noteLoop(node: SyntaxNode, scope: Scope): void {
    if (
      node.type === 'ParameterExpansion' &&
      node.operation?.type === 'Default' &&
      node.operation.operator.endsWith('=')
    ) {
      const words = this.#readWords(node.operation.operand, scope);
      this.loops.push({ name: node.parameter, words, span: spanIn(scope, node), isDefault: true });
    }
    if (node.type !== 'For' && node.type !== 'Select') return;
    const words = node.wordlist?.flatMap((word) => this.#readWords(word, scope));
    this.loops.push({ name: node.name.value, words, span: spanIn(scope, node) });
  }

  #visitChildren(node: SyntaxNode, scope: Scope): void {
    forEachChild(node, (child) => this.#visit(child, scope));
  }

  /** The places of the units in the nodes. */
  #visitAll(nodes: readonly SyntaxNode[], scope: Scope): readonly number[] {
    const first = this.units.length;
    for (const node of nodes) this.#visit(node, scope);
    return range(first, this.units.length);
  }

  #visitCommand(node: Command, outer: Scope): void {
    const scope = this.#withInput(outer);
    this.#commands++;
    if (this.#commands > maxCommands) {
      this.problem = tooManyCommands;
      return;
    }
    const fedBy = [...scope.fedBy, ...this.#visitAll(childrenOf(node), scope)];
    const words = [
      ...(node.name === undefined ? [] : this.#readWords(node.name, scope)),
      ...node.args.flatMap((arg) =>
        arg.type === 'Word' ? this.#readWords(arg, scope) : [this.#declaration(arg, scope)],
      ),
    ];
    const env = node.prefix.flatMap((item) => (item.type === 'Assignment' ? [this.#assignment(item, scope)] : []));
    const span = spanIn(scope, node);
    if (node.name?.parts?.some(({ type }) => type === 'BraceExpansion') === true) {
      const text = `The command comes out of braces: ${node.name.text}`;
      this.findings.push({ code: 'brace_program', severity: 'deny', text, span: spanIn(scope, node.name) });
    }
    const redirects = this.#redirects(node.redirects, scope);
    const input = withRedirects(outermost, redirects);
    if (words.length === 1 && words[0]?.value === 'exec' && input.stdin !== 'none') this.#input = { ...input, fedBy };
    this.#add({ words, env, span }, { ...withRedirects(scope, redirects), fedBy });
  }

  #withInput(scope: Scope): Scope {
    if (scope.stdin !== 'none') return scope;
    const { redirects, stdin, fedBy } = this.#input;
    return { ...scope, redirects: [...redirects, ...scope.redirects], stdin, fedBy: [...fedBy, ...scope.fedBy] };
  }

  #add({ words: [program = noWord, ...argv], env, span }: Draft, scope: Scope): void {
    const { redirects, via, wrapper, sudo, stdin, fedBy, background } = scope;
    const unit: Unit = {
      program: program === noWord ? { ...noWord, span } : program,
      argv,
      env,
      redirects,
      via,
      ...(wrapper !== undefined && { wrapper }),
      ...(sudo !== undefined && { sudo }),
      stdin,
      fedBy,
      background,
      cwdSet: false,
      span,
    };
    this.units.push(unit);
    this.#words += argv.length + redirects.length;
    this.#openWords += argv.filter(({ kind }) => kind !== 'static').length;
    if (this.#words > maxWords || this.#openWords > maxOpenWords) {
      this.problem ??= unreadable(
        'too_many_commands',
        'The commands have too many words; let a pattern or find(1) name the files.',
      );
      return;
    }
    if (this.units.length > maxUnits || via.length > maxVia) {
      const code = via.length > maxVia ? 'nested_too_deeply' : 'too_many_commands';
      this.problem ??= unreadable(code, 'The text comes to too many commands, or they stand too deep in each other.');
      return;
    }
    const known = program.kind === 'static' ? programNamed(program.value) : undefined;
    const args = known === undefined ? undefined : readArguments(known, argv);
    const inner = args === undefined ? [] : innerOf(args, unit);
    this.findings.push(...findingsInUnit(unit, args, inner, this.units));
    if (args === undefined) return;
    const nested: Scope = {
      ...scope,
      via: [...via, args.program.name],
      wrapper: this.units.length - 1,
      sudo: sudoOf(args) ?? sudo,
      fedBy: [...fedBy, this.units.length - 1],
    };
    const assigned = args.operands.flatMap(({ kind, word }) => (kind === 'assignments' ? [assignmentIn(word)] : []));
    for (const one of inner) this.#addInner(one, { words: [], env: [...env, ...assigned], span }, nested);
  }

  #addInner(inner: Inner, { env, span }: Draft, scope: Scope): void {
    switch (inner.kind) {
      case 'command':
        this.#add({ words: inner.words, env, span }, inner.isFed ? { ...scope, stdin: 'none' } : scope);
        return;
      case 'text':
        this.#readText(inner.text, inner.dialect, { ...scope, wrapper: undefined, place: inner.at.span });
        return;
      case 'opaque':
      case 'unclear':
        this.#add({ words: [{ kind: 'dynamic', value: inner.at.value, span: inner.at.span }], env, span }, scope);
        return;
    }
  }

  #readWords(word: Parameters<typeof readWord>[0], scope: Scope): readonly Word[] {
    return readWords(word, spanIn(scope, word));
  }

  #assignment({ name, value, index, append }: AstAssignment, scope: Scope): Assignment {
    const span = spanIn(scope, value);
    const isPartial = index !== undefined || value.type === 'ArrayValue' || append === true;
    const word = value.type === 'ArrayValue' ? readArray(value, span) : readWord(value, span);
    return { name, value: word, ...(isPartial && { partial: true }) };
  }

  /** `declare x=1` and the like: one word, as any other operand would be. */
  #declaration(node: AstAssignment, scope: Scope): Word {
    const span = spanIn(scope, node);
    const { value } = node;
    if (value.type === 'ArrayValue' || node.index !== undefined) return { kind: 'dynamic', value: node.text, span };
    const word = readWord(value, span);
    const start = node.text.slice(0, node.text.length - value.text.length);
    if (word.kind === 'static' && word.tilde !== true) return { kind: 'static', value: start + word.value, span };
    const pieces = word.pieces === undefined ? undefined : [{ kind: 'text', text: start } as const, ...word.pieces];
    return { kind: 'dynamic', value: node.text, span, ...(pieces !== undefined && { pieces }) };
  }

  #redirects(nodes: readonly Redirection[], scope: Scope): readonly Redirect[] {
    return nodes.flatMap((node) => {
      const target =
        node.type === 'HereDoc' ? heredocBody(node, spanIn(scope, node)) : this.#target(node.target, scope);
      if (target === undefined) return [];
      const { operator, descriptor } = node;
      const name = descriptor?.type === 'FileDescriptor' ? String(descriptor.value) : descriptor?.name;
      return [{ operator, target, ...(name !== undefined && { descriptor: name }) }];
    });
  }

  #target(word: Parameters<typeof readWord>[0] | undefined, scope: Scope): Word | undefined {
    return word === undefined ? undefined : readWord(word, spanIn(scope, word));
  }
}

const noWord: Word = { kind: 'static', value: '', span: [0, 0] };

function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  forEachChild(node, (child) => children.push(child));
  return children;
}

/** What holds within a node that starts commands of its own. */
function scopeInside(node: SyntaxNode, scope: Scope): Scope {
  if (node.type === 'Coproc') return { ...scope, stdin: 'pipe', background: true };
  if (node.type === 'ProcessSubstitution') {
    return { ...scope, redirects: [], ...(node.operator === '>' && { stdin: 'pipe' as const }) };
  }
  if (node.type !== 'CommandExpansion' && node.type !== 'ArithmeticCommandExpansion') return scope;
  // The positions in a script with escapes are those of its decoded text.
  const isDecoded = node.script?.source !== undefined;
  return { ...scope, redirects: [], ...(isDecoded && { place: spanIn(scope, node) }) };
}

function spanIn({ place }: Scope, { pos, end }: { readonly pos: number; readonly end: number }): Span {
  return place ?? [pos, end];
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function withRedirects(scope: Scope, redirects: readonly Redirect[]): Scope {
  const input = redirects.findLast(({ operator, descriptor = '0' }) => operator.startsWith('<') && descriptor === '0');
  return {
    ...scope,
    redirects: [...scope.redirects, ...redirects],
    stdin: input === undefined ? scope.stdin : stdinOf(input),
  };
}

function stdinOf({ operator }: Redirect): Stdin {
  if (operator === '<<<') return 'herestring';
  return operator === '<<' || operator === '<<-' ? 'heredoc' : 'file';
}

function assignmentIn(word: Word): Assignment {
  const [name = ''] = literalStart(word).split('=');
  return { name, value: withoutStart(word, name.length + 1) };
}
