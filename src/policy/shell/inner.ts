import type { Arguments } from './arguments.ts';
import { splitFind } from './find-commands.ts';
import { handedToShell, opensShell } from './opened-shell.ts';
import type { Dialect } from './shell-parser.ts';
import type { Unit, Word } from './unit.ts';
import { filledIn, isExact, joined, literalStart, withoutStart } from './words.ts';

/** What a command runs besides itself, as its words tell. */
export type Inner =
  | { readonly kind: 'command'; readonly words: readonly Word[]; readonly isFed: boolean }
  | { readonly kind: 'text'; readonly text: string; readonly at: Word; readonly dialect: Dialect }
  /** Shell text that cannot be known. */
  | { readonly kind: 'opaque'; readonly at: Word }
  /** There is a command, and it cannot be told where it begins. */
  | { readonly kind: 'unclear'; readonly at: Word };

export function innerOf(args: Arguments, { argv, redirects }: Unit): readonly Inner[] {
  const { program, options, unclear } = args;
  if (program.name === 'find')
    return splitFind(argv).commands.map((words) => ({ kind: 'command', words, isFed: false }));
  if (program.name === 'env' && options.some(({ name }) => name === '--split-string')) return innerOfSplitString(args);
  if (program.name === 'start-stop-daemon') return innerOfDaemon(args);
  const run = options.flatMap(innerOfOption);
  if (options.some(({ spec }) => spec.value === 'lookup')) return run;
  if (unclear !== undefined) return [...run, { kind: 'unclear', at: unclear }];
  if (program.classes.includes('shell')) return [...run, ...innerOfShell(args, redirects)];
  const handed = handedToShell(args);
  if (handed !== undefined) return [...run, { kind: 'unclear', at: handed }];
  const readsInput = program.name === 'at' || program.name === 'batch' || opensShell(args);
  if (readsInput) return [...run, ...innerOfInput(redirects, 'posix')];
  const texts = args.operands.flatMap(({ kind, word }) => (kind === 'text' ? innerText(word, 'bash') : []));
  return [...run, ...texts, ...innerOfRest(args)];
}

/** Sets on which `-o` of ssh and `-c` of git run what stands behind the `=`. */
const runningSettings =
  /^(?:proxycommand|localcommand|knownhostscommand|remotecommand|match|alias\.[^=]*|(?:[^=]*\.)?(?:pager|editor|sshcommand|fsmonitor|external|textconv|helper|program|driver|clean|smudge|process|askpass|gitproxy|cmd|command))[= ]+(?=[^])/i;

function innerOfOption({ spec, name, value }: Arguments['options'][number]): readonly Inner[] {
  if (spec.value !== 'runs' || value === undefined) return [];
  if (name === '--setting') {
    const start = literalStart(value);
    const setting = runningSettings.exec(start)?.[0];
    if (setting === undefined)
      return start.includes('=') || value.kind === 'static' ? [] : [{ kind: 'opaque', at: value }];
    const set = withoutStart(value, setting.length);
    if (!/^alias\./i.test(setting)) return innerText(set, 'posix');
    return literalStart(set).startsWith('!') ? innerText(withoutStart(set, 1), 'posix') : [];
  }
  if (name === '--checkpoint-action') {
    return literalStart(value).startsWith('exec=') ? innerText(withoutStart(value, 5), 'posix') : [];
  }
  return innerText(value, 'posix');
}

function innerOfRest({ program, options, rest }: Arguments): readonly Inner[] {
  const [first] = rest?.words ?? [];
  if (rest === undefined || first === undefined) return [];
  const has = (name: string): boolean => options.some((option) => option.name === name);
  switch (program.name) {
    case 'xargs':
      return [{ kind: 'command', words: fedByXargs(rest.words, options), isFed: true }];
    case 'parallel':
      return innerOfParallel(rest.words);
    case 'flock':
      if (first.kind === 'static' && (first.value === '-c' || first.value === '--command')) {
        const [, text] = rest.words;
        return text === undefined ? [] : innerText(text, 'posix');
      }
      break;
    case 'watch':
      if (has('--exec')) return [{ kind: 'command', words: rest.words, isFed: false }];
      break;
    default:
      break;
  }
  if (rest.kind === 'command') return [{ kind: 'command', words: rest.words, isFed: false }];
  const text = joined(rest.words);
  if (text === undefined) return [{ kind: 'opaque', at: rest.words.find((word) => !isExact(word)) ?? first }];
  return [{ kind: 'text', text, at: first, dialect: program.name === 'watch' ? 'posix' : 'bash' }];
}

/** `env -S 'A=1 rm -f' x`: the string is split into words in a way of its own, of which only plain words are read. */
function innerOfSplitString({ options, rest }: Arguments): readonly Inner[] {
  const value = options.findLast(({ name }) => name === '--split-string')?.value;
  if (value === undefined) return [];
  if (!isExact(value) || !/^[\w./:=@%+, \t-]*$/.test(value.value) || /^\s*-/.test(value.value))
    return [{ kind: 'opaque', at: value }];
  const words = value.value.split(/\s+/).filter((word) => word !== '' && !/^\w+=/.test(word));
  const split = words.map((word): Word => ({ kind: 'static', value: word, span: value.span }));
  return [{ kind: 'command', words: [...split, ...(rest?.words ?? [])], isFed: false }];
}

function innerOfDaemon({ options, rest }: Arguments): readonly Inner[] {
  return options.flatMap(({ spec, value }): readonly Inner[] => {
    if (spec.value !== 'runs' || value === undefined) return [];
    return [{ kind: 'command', words: [value, ...(rest?.words ?? [])], isFed: false }];
  });
}

const foreignShells = new Set(['fish', 'csh', 'tcsh', 'pwsh', 'xonsh', 'nu', 'elvish', 'zsh']);

/** `sh -c TEXT`, and `sh` with a here-document that holds no expansions. */
function innerOfShell({ program, options, operands }: Arguments, redirects: Unit['redirects']): readonly Inner[] {
  const dialect = program.name === 'bash' || program.name === 'rbash' ? 'bash' : 'posix';
  const [text] = operands;
  const hasText = options.some(({ name }) => name === '-c');
  if (hasText && text !== undefined) {
    return foreignShells.has(program.name) ? [{ kind: 'opaque', at: text.word }] : innerText(text.word, dialect);
  }
  if (text !== undefined || hasText) return [];
  const input = innerOfInput(redirects, dialect);
  return foreignShells.has(program.name) ? input.map(({ at }) => ({ kind: 'opaque', at })) : input;
}

/** A here-document or here-string, read as shell text. */
function innerOfInput(redirects: Unit['redirects'], dialect: Dialect): readonly (Inner & { readonly at: Word })[] {
  const input = redirects.findLast(({ operator }) => operator.startsWith('<<'));
  return input === undefined ? [] : innerText(input.target, dialect);
}

function innerText(word: Word, dialect: Dialect): readonly (Inner & { readonly at: Word })[] {
  if (!isExact(word)) return [{ kind: 'opaque', at: word }];
  if (word.value.trim() === '' || word.value === '-') return [];
  return [{ kind: 'text', text: word.value, at: word, dialect }];
}

/** What xargs reads is put behind the words, or for the placeholder. */
function fedByXargs(words: readonly Word[], options: Arguments['options']): readonly Word[] {
  const replace = options.findLast(({ name }) => name === '--replace' || name === '-I');
  const placeholder = replace === undefined ? undefined : (replace.value?.value ?? '{}');
  const added: Word = { kind: 'dynamic', value: '', span: words.at(-1)?.span ?? [0, 0] };
  return [...words.map((word) => (placeholder === undefined ? word : filledIn(word, placeholder))), added];
}

/** `parallel CMD {} ::: a b`: the command ends where its inputs begin, and without any it reads commands. */
function innerOfParallel(words: readonly Word[]): readonly Inner[] {
  const inputs = words.findIndex(({ value }) => /^:::+\+?$/.test(value));
  const [first, ...others] = inputs === -1 ? words : words.slice(0, inputs);
  if (first === undefined) return words.slice(inputs + 1).flatMap((word) => innerText(word, 'bash'));
  if (/\s/.test(first.value)) {
    const text = joined([first, ...others]);
    return text === undefined ? [{ kind: 'opaque', at: first }] : [{ kind: 'text', text, at: first, dialect: 'bash' }];
  }
  const added: Word = { kind: 'dynamic', value: '', span: first.span };
  return [{ kind: 'command', words: [first, ...others].map((word) => filledIn(word, '{')).concat(added), isFed: true }];
}
