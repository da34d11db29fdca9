import { known, textOf, type Argument } from '../argument.ts';
import type { FormText } from '../closed-form.ts';
import { fine, unlisted, type Remarks } from '../finding.ts';
import { readHeldRemarks, readRemarks } from '../path-remarks.ts';
import type { Arguments } from '../read-options.ts';
import type { Scene } from '../scene.ts';

const leading = '-C=look --no-pager --no-optional-locks';

const logOptions =
  '-gizwbsm0123456789 -n=int -M[=text] --max-count=int --skip=int --since=text --until=text --after=text ' +
  '--before=text --author=text --committer=text --grep=text --all --branches[=text] --tags[=text] --remotes[=text] --merges ' +
  '--no-merges --first-parent --reverse --oneline --graph --decorate[=name] --no-decorate --stat[=text] --shortstat --numstat ' +
  '--name-only --name-status --summary --no-patch --abbrev-commit --abbrev[=int] --date=text --pretty[=text] ' +
  '--format=text --follow --relative-date --color[=name] --no-color --cherry-pick --left-right --topo-order --date-order ' +
  '--diff-filter=name --find-renames[=text] --word-diff[=name] --unified=int --cached --staged --ignore-all-space ' +
  '--ignore-space-change --minimal --full-index --raw --check --exit-code --quiet --no-renames --dirstat[=text] --compact-summary';

const content = {
  leading,
  options: logOptions,
  operands: 'free*',
  also: contentRemarks,
  certain: true,
} as const satisfies Omit<FormText, 'verbs'>;

/** Programs of a repository are not run: the canonical form switches them off. */
export const git: readonly FormText[] = [
  {
    verbs: 'status',
    leading,
    options:
      '-sbuvz --short --branch --porcelain[=name] --untracked-files[=name] --ignored[=name] --long --ahead-behind --show-stash',
    operands: 'look*',
  },
  { verbs: 'log show reflog/show', ...content },
  { verbs: 'diff', ...content, also: diffRemarks },
  { verbs: 'reflog', leading, options: logOptions, operands: 'name*', also: ownReflog, certain: true },
  {
    verbs: 'rev-parse',
    leading,
    options:
      '-q --short[=int] --verify --abbrev-ref[=name] --show-toplevel --is-inside-work-tree --git-dir --absolute-git-dir --show-prefix --is-bare-repository --symbolic-full-name',
    operands: 'text*',
    certain: true,
    also: revisionsOnly,
  },
  {
    verbs: 'describe',
    leading,
    options: '--tags --all --always --long --dirty --abbrev=int --exact-match --match=text --contains',
    operands: 'text*',
    certain: true,
    also: revisionsOnly,
  },
  {
    verbs: 'blame',
    leading,
    options: '-lstwbefncM -L=text --date=text --line-porcelain --porcelain --since=text',
    operands: 'free+',
    certain: true,
    also: contentRemarks,
  },
  {
    verbs: 'ls-files',
    leading,
    options:
      '-cdmoistuvz --cached --deleted --modified --others --stage --exclude-standard --full-name --error-unmatch',
    operands: 'look*',
    certain: true,
  },
  {
    verbs: 'ls-tree',
    leading,
    options: '-rdtlz --name-only --long --full-tree --full-name',
    operands: 'text+',
    certain: true,
    also: revisionsOnly,
  },
  {
    verbs: 'shortlog',
    leading,
    options: '-sne --since=text --until=text --summary --numbered --email --no-merges --all',
    operands: 'text*',
    certain: true,
    also: revisionsOnly,
  },
  {
    verbs: 'rev-list',
    leading,
    options:
      '-n=int --count --all --max-count=int --since=text --until=text --merges --no-merges --first-parent --reverse --left-right --oneline',
    operands: 'text*',
    certain: true,
    also: revisionsOnly,
  },
  {
    verbs: 'merge-base name-rev',
    leading,
    options: '--all --is-ancestor --name-only --tags --always',
    operands: 'text+',
    certain: true,
    also: revisionsOnly,
  },
  {
    verbs: 'branch',
    leading,
    options:
      '-avrq --all --remotes --verbose --list --show-current --sort=text --contains=text --merged[=text] --no-merged[=text] --format=text --no-color --column',
    also: contentRemarks,
  },
  {
    verbs: 'tag',
    leading,
    options:
      '-l -n[=int] --list --sort=text --points-at=text --contains=text --merged=text --no-merged=text --format=text --column',
    needs: '-l|--list|--points-at|--contains|--merged|--no-merged',
    operands: 'text*',
    also: contentRemarks,
  },
  { verbs: 'tag', leading, options: '-n[=int] --sort=text --format=text', also: contentRemarks },
  { verbs: 'stash/list', leading, options: logOptions, also: contentRemarks },
  { options: '--version', needs: '--version' },
];

/** What git is told besides, so that nothing of the repository is run: behind the program, and behind the verb. */
export const gitWords = [
  '--no-pager',
  '--no-optional-locks',
  ...[
    'core.fsmonitor=false',
    'core.hooksPath=/dev/null',
    'core.attributesFile=/dev/null',
    'gpg.program=false',
    'log.showSignature=false',
    'diff.external=',
    'core.pager=cat',
    'protocol.allow=never',
  ].flatMap((setting) => ['-c', setting]),
];
export const gitContentVerbs: ReadonlySet<string> = new Set(['log', 'diff', 'show', 'reflog', 'blame', 'stash']);
export const gitContentWords = ['--no-ext-diff', '--no-textconv'];
/** What prints lines of files, whichever a commit changed. */
export function printsChanges(verb: string, words: readonly string[]): boolean {
  if (verb === 'diff' || verb === 'show') return true;
  return verb !== 'blame' && words.some((word) => /^--(?:unified|word-diff|check)/.test(word));
}

const revision = /^[A-Za-z0-9][A-Za-z0-9_./@{}^~-]*$|^@(?:\{[^}]*\})?[~^0-9]*$|^--$/;
const magic = /^:|[*?[\]\\]/;

/** Formats check signatures; `REV:PATH` and every other operand may be a path. */
function contentRemarks({ operands, options }: Arguments, scene: Scene): Remarks {
  const formats = options
    .filter(({ name }) => /^--(?:format|pretty|sort|date)$/.test(name))
    .map(({ value }) => textOf(value));
  if (formats.some((format) => format === undefined || /%G|%\(trailers|signature|\d{5}/.test(format)))
    return unlisted('checks signatures');
  return [...repositoryRemarks(options, scene), ...operands.flatMap((word) => objectRemarks(word, scene))];
}

/** What a repository in a protected place says is as protected as the place. */
function repositoryRemarks(options: Arguments['options'], scene: Scene): Remarks {
  const [place, ...more] = options.filter(({ name }) => name === '-C');
  if (more.length > 0) return unlisted('goes to several directories');
  return readHeldRemarks(place?.value ?? known('.'), scene);
}

/** `expire`, `delete` and the like are verbs of their own. */
function ownReflog(given: Arguments, scene: Scene): Remarks {
  const isVerb = /^(?:expire|delete|exists|drop|write|list)$/.test(textOf(given.operands[0]) ?? '');
  return isVerb ? unlisted('changes the reflog') : contentRemarks(given, scene);
}

function objectRemarks(word: Argument, scene: Scene): Remarks {
  const text = textOf(word);
  if (text === undefined || magic.test(text)) return unlisted('has an operand that stands for several');
  const colons = [...text.matchAll(/:/g)].map(({ index }) => index);
  // A revision may hold colons of its own: what stands behind any of them may be the path.
  const paths = colons.map((at) => text.slice(at + 1));
  if (paths.length > 0) {
    if (!revision.test(text.slice(0, colons[0]))) return unlisted('has an operand that is no revision');
    return paths.flatMap((path) => (/^\.?\/?$/.test(path) ? fine : readRemarks({ kind: 'known', text: path }, scene)));
  }
  if (/^\.?\/?$/.test(text)) return fine;
  if (!revision.test(text) && !/^[~./]/.test(text)) return unlisted('has an operand that is no revision');
  return readRemarks({ kind: 'known', text }, scene);
}

/** Two paths that are in no repository are compared as diff(1) does. */
function diffRemarks(given: Arguments, scene: Scene): Remarks {
  const isOutside = given.operands.some((word) => /^[/~]|^\.\.(?:\/|$)/.test(textOf(word) ?? '/'));
  return isOutside ? unlisted('compares files outside of a repository') : contentRemarks(given, scene);
}

function revisionsOnly({ operands }: Arguments): Remarks {
  return operands.every((word) => revision.test(textOf(word) ?? ':'))
    ? fine
    : unlisted('has an operand that is no revision');
}
