import type { Unit, Word } from '../shell/unit.ts';
import { gitContentVerbs, gitContentWords, gitWords, printsChanges } from './programs/git.ts';

/** Words that a command is given besides its own, behind one of them. */
export interface Insertion {
  readonly behind: Word;
  readonly words: readonly string[];
}

/** What the canonical form adds, so that a program does no more than it was judged to do. */
export function insertions(units: readonly Unit[]): readonly Insertion[] {
  return units.flatMap(insertionsFor);
}

function insertionsFor({ program, argv }: Unit): readonly Insertion[] {
  const name = program.value.split('/').at(-1) ?? '';
  const asksVersion = argv.length === 1 && argv[0]?.value === '--version';
  switch (name) {
    case 'git': {
      const verb = gitVerb(argv);
      if (asksVersion) return [];
      const words = argv.map(({ value }) => value);
      const last = verb !== undefined && printsChanges(verb.value, words) ? argv.at(-1) : undefined;
      return [
        { behind: program, words: gitWords },
        ...(verb === undefined || !gitContentVerbs.has(verb.value) ? [] : [{ behind: verb, words: gitContentWords }]),
        ...(last === undefined ? [] : [{ behind: last, words: unreadInGit }]),
      ];
    }
    case 'yum':
    case 'dnf':
      return asksVersion || argv[0]?.value === 'makecache' ? [] : [{ behind: program, words: ['-C'] }];
    case 'sudo':
      return asksVersion ? [] : [{ behind: program, words: ['-n'] }];
    case 'grep':
    case 'egrep':
    case 'fgrep':
      return argv.some(({ value }) => /^-[A-Za-z0-9]*[rR]|^--(?:dereference-)?recursive$/.test(value))
        ? [{ behind: program, words: unread }]
        : [];
    case 'rg':
      return [{ behind: program, words: unreadNames.map((pattern) => `--iglob=!${pattern}`) }];
    default:
      return [];
  }
}

/** Before it stand options, of which one takes a value. */
function gitVerb([word, ...others]: readonly Word[]): Word | undefined {
  if (word?.value === '-C') return gitVerb(others.slice(1));
  return word?.value.startsWith('-') === true ? gitVerb(others) : word;
}

const unreadNames = [
  '*.pem',
  '*.key',
  '*.p12',
  '*.pfx',
  '.env',
  '.env.*',
  'id_*',
  '.htpasswd',
  '.netrc',
  '.pgpass',
  '*secret*',
  '*password*',
  '*credential*',
  '*private*key*',
  '.*_history',
  '.git-credentials',
];
const unread = unreadNames.map((pattern) => `--exclude=${pattern}`);
const unreadInGit = unreadNames.map((pattern) => `:(top,exclude,icase,glob)**/${pattern}`);
