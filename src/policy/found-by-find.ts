import type { Unit, Word } from './shell/unit.ts';

const here: Word = { kind: 'static', value: '.', span: [0, 0] };

/** Tests of find(1) that leave most of what is there. */
const narrowing = /^-(?:[amc]time|[amc]min|newer\w*|size|empty|user|inum)$/;
const byName = /^-(?:i?name|i?path|i?regex|i?wholename)$/;
const everyName = /^[*?/.]*$/;

const removing = /^-(?:delete|exec|execdir|ok|okdir)$/;

/** Options that may stand before the paths. */
const leading = /^-(?:[HLPD]|O\d)$/;

/**
 * Where find(1) starts, if nothing to speak of keeps it from finding all that is there. `trees`: with what it finds goes
 * all that is below, however deep it looks.
 */
export function foundBy({ argv }: Unit, removed: 'files' | 'trees'): readonly Word[] {
  const isOfFiles =
    removed === 'files' || argv.some(({ value }, at) => value === '-type' && argv[at + 1]?.value === 'f');
  // Tests behind what removes come too late.
  const removal = argv.findLastIndex(({ value }, at) => removing.test(value) && argv[at + 1]?.value !== 'grep');
  const isNarrow = argv.some(({ value }, at) => {
    const before = argv[at - 1]?.value;
    if (value === '-maxdepth' && isOfFiles) return true;
    if (before === '!' || before === '-not' || (removal !== -1 && at >= removal)) return false;
    if (byName.test(value)) return !everyName.test(argv[at + 1]?.value ?? '');
    return narrowing.test(value) || (before === '-exec' && value === 'grep');
  });
  if (isNarrow) return [];
  const end = argv.findIndex(({ value }) => /^[-(!]/.test(value) && !leading.test(value));
  const starts = argv.slice(0, end === -1 ? argv.length : end).filter(({ value }) => !leading.test(value));
  return starts.length === 0 ? [here] : starts;
}
