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
  const split = program.name === 'env' ? options.find(({ name }) => name === '--split-string')?.value : undefined;
  if (split !== undefined) return [{ kind: 'opaque', at: split }];
  if (program.name === 'start-stop-daemon') return innerOfDaemon(args);
  if (program.name === 'socat') return args.operands.flatMap(({ word }) => innerOfAddress(word));
  const run = options.flatMap(innerOfOption);
  if (options.some(({ spec }) => spec.value === 'lookup')) return run;
  if (unclear !== undefined) return [...run, { kind: 'unclear', at: unclear }];
  if (program.classes.includes('shell')) return [...run, ...innerOfShell(args, redirects)];
  const handed = handedToShell(args);
  if (handed !== undefined) return [...run, { kind: 'unclear', at: handed }];
  if (opensShell(args)) return [...run, ...innerOfInput(redirects, 'posix')];
  const texts = args.operands.flatMap(({ kind, word }) => (kind === 'text' ? innerText(word, 'bash') : []));
  return [...run, ...texts, ...innerOfRest(args)];
}

/** Sets on which `-o` of ssh and `-c` of git run what stands behind the `=`. */
const runningSettings = new RegExp(
  [
    String.raw`^[\s"]*(?!permitlocalcommand)(?:proxycommand|localcommand|knownhostscommand|remotecommand|match|alias\.[^=]*|pager\.[^=]*|submodule\.[^=]*\.update`,
    String.raw`(?:[^=]*\.)?(?:pager|editor|fsmonitor|external|textconv|driver|clean|smudge|process|askpass|gitproxy|difffilter|tunnel`,
    String.raw`uploadpack|receivepack|[^=.]*(?:helper|program|command|cmd)))"?[=\s]+`,
  ].join('|'),
  'i',
);

function innerOfOption({ spec, name, value }: Arguments['options'][number]): readonly Inner[] {
  if (spec.value !== 'runs' || value === undefined) return [];
  if (name === '--setting') {
    const start = literalStart(value);
    const setting = runningSettings.exec(start)?.[0];
    if (setting === undefined)
      return start.includes('=') || value.kind === 'static' ? [] : [{ kind: 'opaque', at: value }];
    const set = withoutStart(value, setting.length);
    if (literalStart(set).startsWith('!')) return innerText(withoutStart(set, 1), 'posix');
    return innerText(/^alias\./i.test(setting) ? { ...set, value: `git ${set.value}` } : set, 'posix');
  }
  if (name === '--checkpoint-action') {
    return literalStart(value).startsWith('exec=') ? innerText(withoutStart(value, 5), 'posix') : [];
  }
  return name === '--exec' || name === '--sh-exec' ? servedText(value) : innerText(value, 'posix');
}

/** Of socat: `EXEC:TEXT,OPTIONS`, and `SYSTEM:` of the same form. */
function innerOfAddress(address: Word): readonly Inner[] {
  const start = literalStart(address);
  // Two addresses in one word.
  if (start.includes('!!')) return [{ kind: 'unclear', at: address }];
  const running = /^(?:exec|system|shell):/i.exec(start)?.[0];
  if (running === undefined) return [];
  const text = withoutStart(address, running.length);
  const end = /(?<!\\),/.exec(text.value)?.index ?? text.value.length;
  return servedText({ ...text, value: text.value.slice(0, end).replace(/^(["'])(.*)\1$/, '$2') });
}

/** What a connection is given to: a shell without words runs what comes from the other side. */
function servedText(text: Word): readonly Inner[] {
  const isShell = /^\s*(?:\S*\/)?(?:r?ba|da|z|k|mk|c|tc|fi|a)?sh(?:\s+-[il]+)*\s*$/.test(text.value);
  return isShell ? [{ kind: 'opaque', at: text }] : innerText(text, 'posix');
}

function innerOfRest({ program, options, rest }: Arguments): readonly Inner[] {
  const [first] = rest?.words ?? [];
  if (rest === undefined || first === undefined) return [];
  const has = (name: string): boolean => options.some((option) => option.name === name);
  switch (program.name) {
    case 'xargs':
      return innerOfXargs(rest.words, options);
    case 'parallel':
      return innerOfParallel(rest.words, has('--quote'));
    case 'flock':
      if (first.kind === 'static' && (first.value === '-c' || first.value === '--command')) {
        const [, text] = rest.words;
        return text === undefined ? [] : innerText(text, 'posix');
      }
      break;
    case 'runuser':
      // Without a user of its own it is su(1).
      if (has('--user')) break;
      return [
        { kind: 'command', words: [{ kind: 'static', value: 'su', span: first.span }, ...rest.words], isFed: false },
      ];
    case 'watch':
      if (has('--exec')) return [{ kind: 'command', words: rest.words, isFed: false }];
      break;
    default:
      break;
  }
  if (rest.kind === 'command') {
    // No program has blanks in its name: who is given one takes it for shell text.
    const texts = /\s/.test(first.value) ? innerText(first, 'posix') : [];
    return [{ kind: 'command', words: rest.words, isFed: false }, ...texts];
  }
  const text = joined(rest.words);
  if (text === undefined) return [{ kind: 'opaque', at: rest.words.find((word) => !isExact(word)) ?? first }];
  return [{ kind: 'text', text, at: first, dialect: program.name === 'watch' ? 'posix' : 'bash' }];
}

/** What it does not take for itself it hands on, before and behind `--`. */
function innerOfDaemon({ options, operands, rest, unclear }: Arguments): readonly Inner[] {
  const words = [...operands.map(({ word }) => word), ...(rest?.words ?? [])];
  const run = options.flatMap(({ spec, value }): readonly Inner[] =>
    spec.value === 'runs' && value !== undefined ? [{ kind: 'command', words: [value, ...words], isFed: false }] : [],
  );
  return unclear === undefined ? run : [...run, { kind: 'unclear', at: unclear }];
}

const foreignShells = new Set(['fish', 'csh', 'tcsh', 'pwsh', 'xonsh', 'nu', 'elvish', 'zsh']);

/** `sh -c TEXT`, and `sh` with a here-document that holds no expansions. */
function innerOfShell(
  { program, options, operands, unknown }: Arguments,
  redirects: Unit['redirects'],
): readonly Inner[] {
  const dialect = program.name === 'bash' || program.name === 'rbash' ? 'bash' : 'posix';
  const [text] = operands;
  const has = (letter: string): boolean => options.some(({ name }) => name === letter);
  const input = innerOfInput(redirects, dialect);
  if (foreignShells.has(program.name)) {
    const at =
      has('-c') || has('-C')
        ? (text?.word ?? unknown[0])
        : (unknown[0] ?? (text === undefined ? input[0]?.at : undefined));
    return at === undefined ? [] : [{ kind: 'opaque', at }];
  }
  if (has('-c')) return text === undefined ? [] : innerText(text.word, dialect);
  return text === undefined || has('-s') ? input : [];
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
function innerOfXargs(words: readonly Word[], options: Arguments['options']): readonly Inner[] {
  const replace = options.findLast(({ name }) => name === '--replace' || name === '-I');
  if (replace?.value !== undefined && !isExact(replace.value)) return [{ kind: 'unclear', at: replace.value }];
  const placeholder = replace === undefined ? '' : (replace.value?.value ?? '{}');
  const added: Word = { kind: 'dynamic', value: '', span: words.at(-1)?.span ?? [0, 0] };
  return [{ kind: 'command', words: [...words.map((word) => filledIn(word, placeholder)), added], isFed: true }];
}

/** Stands in a text for what is not known, and may be any number of words. */
const unknownText = '${_#}';

/**
 * `parallel CMD {} ::: a b`: the command ends where its inputs begin, and without any it reads commands. A shell reads
 * its words again, unless they are quoted.
 */
function innerOfParallel(words: readonly Word[], isQuoted: boolean): readonly Inner[] {
  const inputs = words.findIndex(({ value }) => /^:::+\+?$/.test(value));
  const [first, ...others] = inputs === -1 ? words : words.slice(0, inputs);
  if (first === undefined) return words.slice(inputs + 1).flatMap((word) => innerText(word, 'bash'));
  const command = [first, ...others];
  if (isQuoted || command.every((word) => isExact(word) && /^[\w@%+:,./={}-]*$/.test(word.value))) {
    const added: Word = { kind: 'dynamic', value: '', span: first.span };
    return [{ kind: 'command', words: command.map((word) => filledIn(word, '{')).concat(added), isFed: true }];
  }
  const text = joined(command);
  if (text === undefined || text.includes('{=')) return [{ kind: 'opaque', at: first }];
  const filled = text.replace(/(?<!\$)\{[\w./#%+-]*\}/g, unknownText);
  return [{ kind: 'text', text: `${filled} ${unknownText}`, at: first, dialect: 'bash' }];
}
