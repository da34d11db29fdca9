import { textOf } from '../argument.ts';
import type { FormText } from '../closed-form.ts';
import { fine, unlisted, type Remarks } from '../finding.ts';
import type { Arguments } from '../read-options.ts';

const longestSeconds = 600;

/** A program that reports at intervals: operands are names, and then an interval with a count. */
export function atIntervals(options: string): FormText {
  return { options, operands: 'name*', also: endsSoon };
}

function endsSoon({ operands }: Arguments): Remarks {
  const texts = operands.map(textOf);
  const numbers = texts.slice(texts.findLastIndex((text) => text === undefined || !/^\d+$/.test(text)) + 1).map(Number);
  if (numbers.length === 0) return fine;
  const [interval = 0, count] = numbers;
  if (numbers.length > 2 || count === undefined) return unlisted('an interval needs a count');
  return interval * count <= longestSeconds && count <= longestSeconds
    ? fine
    : unlisted('runs for more than ten minutes');
}
