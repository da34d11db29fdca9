import type { LineCounter, Document, Node, Pair } from 'yaml';
import { configInvalid, describeIssue, describeProblem, type Issue, type Position, type Problem } from './problem.ts';

/** Room for a thousand rules. A text of this size parses in a moment, whatever is in it. */
const maxLength = 1024 * 1024;

/** A YAML text as it was read. */
export interface YamlFile {
  readonly file: string;
  readonly value: unknown;
  /** The problem at the place its path points to; where it leads to nothing, at the last thing on the way. */
  readonly locate: (issue: Issue) => Problem;
  /** Where the thing at this path begins. */
  readonly positionOf: (path: readonly PropertyKey[]) => Position;
}

/**
 * Parses one YAML document of plain data: no aliases, no tags of its own, no key twice. `file` is only named in problems.
 * Throws `config_invalid` with file, line and column.
 */
export async function parseYaml(file: string, text: string): Promise<YamlFile> {
  if (text.length > maxLength) throw configInvalid([`${file}: is longer than ${maxLength} characters`]);
  // Loaded late: most gateways have no such file.
  const { parseDocument, LineCounter, isAlias, visit } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const problems: Problem[] = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    file,
    ...position(lines, pos[0]),
    what: message.replaceAll('\n', ' '),
  }));
  visit(document, (_key, node) => {
    if (!isAlias(node)) return undefined;
    problems.push({ file, ...position(lines, node.range?.[0]), what: 'aliases are not taken: write it out' });
    return visit.SKIP;
  });
  if (problems.length > 0) throw configInvalid(problems.map(describeProblem));
  const nodeOffset = await offsets(document);
  const positionOf = (path: readonly PropertyKey[]): Position => position(lines, nodeOffset(path));
  return {
    file,
    value: document.toJS(),
    positionOf,
    locate: (issue) => ({ file, ...positionOf(issue.path), what: describeIssue(issue) }),
  };
}

function position(lines: LineCounter, offset: number | undefined): Position {
  const { line, col } = lines.linePos(offset ?? 0);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** Finds the offset of what a path leads to: of a member, that of its key. */
async function offsets(document: Document): Promise<(path: readonly PropertyKey[]) => number> {
  const { isMap, isSeq, isNode, isScalar } = await import('yaml');
  const memberOf = (node: unknown, key: PropertyKey): Pair | undefined =>
    isMap(node) ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key)) : undefined;
  const startOf = (node: unknown): number | undefined => (isNode(node) ? (node as Node).range?.[0] : undefined);
  return (path) => {
    let node: unknown = document.contents;
    let offset = startOf(node) ?? 0;
    for (const key of path) {
      const pair = memberOf(node, key);
      const next: unknown = isSeq(node) && typeof key === 'number' ? node.items[key] : pair?.value;
      offset = startOf(pair?.key) ?? startOf(next) ?? offset;
      node = next;
    }
    return offset;
  };
}
