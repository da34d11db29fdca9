import { errorMeanings } from './error-meanings.ts';
import { code, page, table } from './markdown.ts';

const introduction =
  'A call that was refused, could not run or whose outcome is unknown has its code in `structuredContent.code` and in ' +
  'the text. Codes are stable: scripts may switch on them.';

export function errorsPage(): string {
  const rows = Object.entries(errorMeanings).map(([name, meaning]) => [code(name), meaning]);
  return page('Error codes', [introduction, table(['Code', 'Meaning'], rows)]);
}
