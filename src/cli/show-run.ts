import type { JsonObject } from '../tools/tool.ts';
import { neutralise } from '../base/untrusted-text.ts';
import type { Screen } from './screen.ts';

/** What became of the command, by the name of the server. */
export type Results = Readonly<Record<string, JsonObject>>;

export function resultsOf({ results }: JsonObject): Results {
  const isResult = (entry: [string, unknown]): entry is [string, JsonObject] => typeof entry[1] === 'object';
  return Object.fromEntries(Object.entries(results ?? {}).filter(isResult));
}

/** Of one server the two streams, as `ssh` would; of several each different answer once, the rarest first. */
export function showRun(screen: Screen, answer: JsonObject & { readonly results: Results }): void {
  const names = Object.keys(answer.results);
  const skipped = skippedLines(answer);
  const [only] = names;
  if (screen.isJson || names.length > 1 || only === undefined || skipped.length > 0) {
    screen.show({ text: [...groupLines(answer.results), ...skipped], json: answer });
    return;
  }
  const output = outputOf(answer.results, only);
  const [stdout, stderr] = [neutralise(output.stdout), neutralise(output.stderr)];
  process.stdout.write(stdout);
  process.stderr.write(stderr === '' || stderr.endsWith('\n') ? stderr : `${stderr}\n`);
}

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** An output that several servers wrote is shown with one of them. */
export function outputOf(results: Results, name: string): Output {
  const result = results[name] ?? {};
  const { same_as: sameAs } = result;
  const { stdout, stderr } = (typeof sameAs === 'string' ? results[sameAs] : undefined) ?? result;
  return { stdout: textOf(stdout), stderr: textOf(stderr) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function groupLines(results: Results): readonly string[] {
  const answers = Object.keys(results).map((name) => {
    const [how, output] = [howItEnded(results[name] ?? {}), outputOf(results, name)];
    return { name, how, ...output, isCut: results[name]?.['truncated'] === true };
  });
  const groups = [...Map.groupBy(answers, ({ how, stdout, stderr }) => JSON.stringify([how, stdout, stderr])).values()];
  return groups
    .toSorted((a, b) => a.length - b.length)
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const count = group.length > 1 ? ` (${group.length})` : '';
      const cut = first.isCut ? ['… (cut; --json names the output_id of the whole)'] : [];
      const names = group.map(({ name }) => name).join(', ');
      return [`── ${names}${count}: ${first.how}`, ...linesOf(first.stdout), ...linesOf(first.stderr), ...cut];
    });
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : neutralise(text).replace(/\n$/, '').split('\n');
}

function howItEnded(result: JsonObject): string {
  const { status, exit_code: exitCode, signal, code } = result;
  if (typeof code === 'string') return code;
  if (typeof exitCode === 'number') return `exit code ${exitCode}`;
  return typeof signal === 'string' ? `${String(status)} by ${signal}` : String(status);
}

function skippedLines({ skipped }: JsonObject): readonly string[] {
  const entries: readonly JsonObject[] = Array.isArray(skipped) ? skipped : [];
  return entries.map(({ server, error }) => `Skipped ${String(server)}: ${String(error)}`);
}
