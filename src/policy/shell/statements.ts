import type { Arguments } from './arguments.ts';
import type { Unit, Word } from './unit.ts';
import { isExact } from './words.ts';

const clients = /^(?:psql|mysql|mariadb|sqlite3|mongo|mongosh|redis-cli|cqlsh|clickhouse-client|influx)$/;
const given = /^--(?:command|execute|eval|query|version)$/;
const harmful =
  /\b(?:drop|truncate|delete|update|alter|remove|deleteMany|deleteOne|dropDatabase|shutdown|flush\w*|del|unlink|eval|config|copy|import|load)\b|\\[!io]|\.(?:shell|system|read|import)\b/i;

/** Whether a client of a database takes statements that may destroy data, or that are not known. */
export function takesStatements(
  { program, options, operands }: Arguments,
  unit: Unit,
  units: readonly Unit[],
): boolean {
  if (!clients.test(program.name)) return false;
  if (options.some(({ name, value }) => given.test(name) && value !== undefined && isWhollyUnknown(value))) return true;
  const isGiven = options.some(({ name }) => given.test(name));
  const hasStatement =
    program.name === 'redis-cli' ? operands.length > 0 : program.name === 'sqlite3' && operands.length > 1;
  if (unit.stdin === 'none' || isGiven || hasStatement) return false;
  const texts = inputOf(unit, units);
  return texts === undefined || texts.some((text) => harmful.test(text));
}

function isWhollyUnknown({ kind, pieces }: Word): boolean {
  return kind === 'dynamic' && pieces?.some((piece) => piece.kind === 'text') !== true;
}

/** What the unit is given to read; undefined where that is not known. */
function inputOf({ stdin, redirects, fedBy }: Unit, units: readonly Unit[]): readonly string[] | undefined {
  if (stdin === 'herestring' || stdin === 'heredoc') {
    const target = redirects.findLast(({ operator }) => operator.startsWith('<<'))?.target;
    return target === undefined ? undefined : [target.value];
  }
  const sources = fedBy.map((place) => units[place]);
  if (stdin !== 'pipe' || sources.length === 0) return undefined;
  const texts = sources.map((source) => printedBy(source));
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

function printedBy(unit: Unit | undefined): string | undefined {
  if (unit === undefined || !/^(?:echo|printf)$/.test(unit.program.value) || !unit.argv.every(isExact))
    return undefined;
  return unit.argv.map(({ value }) => value).join(' ');
}
