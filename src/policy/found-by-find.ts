import type { Unit, Word } from './shell/unit.ts';

const here: Word = { kind: 'static', value: '.', span: [0, 0] };

/**
 * Where find(1) starts, if nothing to speak of keeps it from finding all that is there. `trees`: with what it finds goes
 * all that is below, however deep it looks.
 */
export function foundBy({ argv }: Unit, removed: 'files' | 'trees'): readonly Word[] {
  const narrowing = removed === 'files' ? /^-maxdepth$/ : /^$/;
  const isNarrow = argv.some(({ value }, at) => {
    if (/^(?:!|-not)$/.test(argv[at - 1]?.value ?? '')) return false;
    if (narrowing.test(value) || /^-(?:[amc]time|[amc]min|newer\w*|size|empty|user|inum)$/.test(value)) return true;
    return /^-(?:i?name|i?path|i?regex|i?wholename)$/.test(value) && !/^[*?/.]+$/.test(argv[at + 1]?.value ?? '*');
  });
  if (isNarrow) return [];
  const end = argv.findIndex(isOfExpression);
  const starts = argv.slice(0, end === -1 ? argv.length : end).filter(({ value }) => !value.startsWith('-'));
  return starts.length === 0 ? [here] : starts;
}

/** Paths come first, but for a few options. */
function isOfExpression({ value }: Word): boolean {
  return /^[-(!]/.test(value) && !/^-(?:[HLPD]|O\d*)$/.test(value);
}
