import { describe, expect, it } from 'vitest';
import { readArguments } from '../../../src/policy/shell/arguments.ts';
import { programNamed } from '../../../src/policy/shell/programs.ts';
import { readShell } from '../../../src/policy/shell/read-shell.ts';
import { takesStatements } from '../../../src/policy/shell/statements.ts';

/** Of the last command of the text. */
function isTaking(text: string): boolean {
  const reading = readShell(text);
  const units = reading.kind === 'units' ? reading.units : [];
  const unit = units.at(-1);
  const program = unit === undefined ? undefined : programNamed(unit.program.value);
  if (unit === undefined || program === undefined) throw new Error(`${text} has no known program`);
  return takesStatements(readArguments(program, unit.argv), unit, units);
}

describe('a client of a database', () => {
  it.each([
    ['reads them from a file', 'psql db < f.sql'],
    ['reads them from a pipe of something', 'cat f | psql db'],
    ['reads them from a pipe of words that are not known', 'echo "$x" | psql db'],
    ['reads them from a pipe of words that depend on the home', 'echo ~ | psql db'],
    ['reads them from a pipe of which a part is not known', '{ echo a; cat b; } | psql db'],
    ['reads what destroys from a pipe', "echo 'drop table x' | psql db"],
    ['reads what destroys, joined of words', 'echo drop table x | mysql db'],
    ['reads what destroys from printf', "printf 'DELETE from x' | mysql db"],
    ['reads what destroys from one of several', "{ echo 'select 1'; echo 'truncate x'; } | mysql db"],
    ['reads what destroys from a here-string', "psql db <<< 'update x set y=1'"],
    ['reads what destroys from a here-document', 'mysql db <<E\nalter table x\nE\n'],
    ['reads what destroys from the last here-document', "mysql db <<< 'select 1' <<< 'drop x'"],
    ['reads what runs programs', String.raw`psql db <<< '\! ls'`],
    ['reads what writes files', String.raw`psql db <<< '\o f'`],
    ['reads what includes files', String.raw`psql db <<< '\i f'`],
    ['reads what runs programs in sqlite', "sqlite3 db <<< '.shell ls'"],
    ['reads what runs files in sqlite', "sqlite3 db <<< '.read f'"],
    ['reads what deletes in mongo', "mongosh db <<< 'db.x.deleteMany({})'"],
    ['reads what empties redis', 'redis-cli <<< flushall'],
    ['reads what deletes in redis', "redis-cli <<< 'DEL x'"],
    ['is given what is wholly unknown', 'psql -c "$x"'],
    ['is given what a substitution says', 'mysql -e "$(cat f)"'],
    ['is given what is wholly unknown, attached', 'mysql --execute="$x"'],
    ['is given a pattern of files for a query', 'psql -c "${x}${y}"'],
    ['is given something unknown to evaluate', 'mongosh --eval "$x"'],
  ])('takes statements that may destroy, or are not known, where it %s: %s', (_, text) => {
    expect(isTaking(text)).toBe(true);
  });

  it.each([
    ['has none', 'psql db'],
    ['reads what only asks', "psql db <<< 'select 1'"],
    ['reads what only asks from a here-document', "mysql db <<'E'\nshow tables\nE\n"],
    ['reads what only asks from a pipe', "echo 'select 1' | psql db"],
    ['reads what only asks from printf', "printf 'select 1' | psql db"],
    ['reads what only asks from several', '{ echo select; printf 1; } | psql db'],
    ['reads words that only look like it', "psql db <<< 'select dropped, updated_at, deleted from x'"],
    ['is given what it asks', "psql -c 'select 1' < f"],
    ['is given what it asks, in part', 'psql -c "select $x"'],
    ['is given what it asks, in part, from a pipe', 'cat f | psql -c "select $x"'],
    ['is given what it evaluates', 'cat f | mongosh --eval "show()"'],
    ['is asked for its version', 'cat f | psql --version'],
    ['is redis, with a command', 'cat f | redis-cli get x'],
    ['is sqlite, with a statement', "cat f | sqlite3 db 'select 1'"],
    ['is no client', 'cat f | python3'],
    ['is no client, and is told something', 'python3 -c "$x"'],
    ['has another unknown option', 'psql -h "$x"'],
  ])('does not where it %s: %s', (_, text) => {
    expect(isTaking(text)).toBe(false);
  });

  it.each(['psql', 'mysql', 'mariadb', 'sqlite3', 'mongo', 'mongosh', 'redis-cli'])('may be %s', (name) => {
    expect(isTaking(`cat f | ${name}`)).toBe(true);
    expect(isTaking(name)).toBe(false);
  });

  it('that takes a file as sqlite does may still read statements', () => {
    expect(isTaking('cat f | sqlite3 db')).toBe(true);
    expect(isTaking('cat f | psql db x')).toBe(true);
    expect(isTaking('cat f | mysql a b')).toBe(true);
  });
});
