import { textOf, type Argument } from '../argument.ts';
import type { Form } from '../closed-form.ts';
import { fine, unknownYet, unlisted, type Remarks } from '../finding.ts';
import { lookRemarks } from '../path-remarks.ts';

/** Tests and actions that only look, and how many words each takes. */
const listed = new Map<string, number>(
  Object.entries({
    0: '-a -and -o -or -not ! ( ) , -print -print0 -ls -prune -quit -empty -executable -readable -writable -nouser -nogroup -true -false -depth -d -xdev -mount -noleaf -daystart -follow -ignore_readdir_race -noignore_readdir_race -nowarn -warn',
    1:
      '-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -xtype -size -mtime -atime -ctime -mmin -amin -cmin -newer -anewer -cnewer ' +
      '-newermt -newerct -newerat -newerBt -newermm -perm -user -group -uid -gid -links -inum -samefile -maxdepth -mindepth -fstype -printf -used -context -lname -ilname',
  }).flatMap(([count, names]) => names.split(' ').map((name) => [name, Number(count)] as const)),
);
const startOptions = /^-(?:[HLP]+|O[0-3])$/;
const runs = new Set(['-exec', '-execdir']);
/** They delete, or write what they find into a file. */
const writing = /^-(?:delete|fprint0?|fprintf|fls)$/;
/** They ask a person whether to run. */
const asking = /^-ok(?:dir)?$/;

/** find(1): what it runs is a command of its own. `writes` is what there is to say where it writes or deletes. */
export function findForm(writes: Remarks): Form {
  return (words, scene) => {
    const firstTest = words.findIndex(
      (word) => word.kind === 'known' && /^[-(!]/.test(word.text) && !startOptions.test(word.text),
    );
    const cut = firstTest === -1 ? words.length : firstTest;
    const starts = words.slice(0, cut).filter((word) => !startOptions.test(textOf(word) ?? ''));
    const remarks = starts.flatMap((word): Remarks => {
      if (word.kind === 'glob' && /^[-(!,*?[]/.test(word.text))
        return unknownYet('a file name may become a test; begin it with ./');
      return word.kind === 'guarded' || word.kind === 'opaque'
        ? unknownYet('where it looks is known only when it runs')
        : lookRemarks(word, scene);
    });
    return [...remarks, ...expression(words.slice(cut), writes)];
  };
}

function expression(words: readonly Argument[], writes: Remarks): Remarks {
  const remarks: Remarks[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    const text = textOf(word);
    if (text === undefined) return [...remarks.flat(), ...unknownYet('a test is known only when it runs')];
    if (asking.test(text)) return unlisted('asks at a terminal');
    if (runs.has(text)) {
      at = endOfCommand(words, at + 1);
      continue;
    }
    if (writing.test(text)) {
      remarks.push(writes);
      at += text === '-delete' ? 0 : text === '-fprintf' ? 2 : 1;
      continue;
    }
    const count = listed.get(text);
    if (count === undefined) return [...remarks.flat(), ...unlisted(`\`${text}\` is not among its listed tests`)];
    const value = count === 0 ? undefined : words[at + 1];
    if (count > 0 && value === undefined) return unlisted(`\`${text}\` lacks a value`);
    if (value !== undefined && value.kind !== 'known') remarks.push(unknownYet('a test is known only when it runs'));
    if (text === '-printf' && /\d{5}/.test(textOf(value) ?? '')) remarks.push(unlisted('pads without measure'));
    if (text === '-context' || text === '-files0-from') remarks.push(unlisted(`\`${text}\` is not listed`));
    at += count;
  }
  return remarks.length === 0 ? fine : remarks.flat();
}

/** The place of the `;`, or of the `+` behind `{}`. */
function endOfCommand(words: readonly Argument[], from: number): number {
  for (let at = from; at < words.length; at += 1) {
    const text = textOf(words[at]);
    if (text === ';' || (text === '+' && textOf(words[at - 1]) === '{}')) return at;
  }
  return words.length;
}
