import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FileResult {
  /** The file's whole path. */
  readonly name: string;
  readonly status: string;
  /** Of what went wrong outside any test; else empty. */
  readonly message: string;
  readonly assertionResults: readonly {
    readonly ancestorTitles: readonly string[];
    readonly title: string;
    readonly status: string;
    readonly failureMessages?: readonly string[];
  }[];
}

/** Of vitest's JSON report, what is read here. */
export interface Report {
  readonly testResults: readonly FileResult[];
  /** What failed at first, and passed by itself. */
  readonly unsteady?: readonly string[];
}

export interface Failure {
  /** The file, and the titles of the test and of what it stands in. */
  readonly title: string;
  readonly message: string;
}

const root = join(import.meta.dirname, '../..');

/** A report with nothing in it where the run crashed before it was written. */
export function readReport(path: string): Report {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    text = '';
  }
  if (text === '') return { testResults: [] };
  const report: Report = JSON.parse(text);
  return report;
}

export function failuresIn({ testResults }: Report): readonly Failure[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = name.slice(root.length + 1);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    return failed.length === 0 && status === 'failed'
      ? [{ title: file, message }]
      : failed.map(({ ancestorTitles, title, failureMessages }) => ({
          title: [file, ...ancestorTitles, title].join(' > '),
          message: failureMessages?.join('\n') ?? '',
        }));
  });
}
