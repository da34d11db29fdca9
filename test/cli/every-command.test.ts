import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';

/** Every command, with arguments it needs no terminal for, and what it ends with on an empty configuration. */
const commands: readonly { readonly words: string; readonly args: readonly string[]; readonly status: number }[] = [
  { words: 'init', args: [], status: 0 },
  { words: 'status', args: [], status: 0 },
  { words: 'doctor', args: ['--offline'], status: 0 },
  { words: 'healthcheck', args: [], status: 1 },
  { words: 'backup', args: ['/no/such/parent/copy'], status: 1 },
  { words: 'restore', args: ['/no/such/backup', '--yes'], status: 1 },
  { words: 'run', args: ['nobody', '--', 'uptime'], status: 1 },
  { words: 'cp', args: ['nobody:/etc/hosts', 'hosts'], status: 2 },
  { words: 'server list', args: [], status: 0 },
  { words: 'server import', args: ['--ansible', '/no/such/inventory'], status: 1 },
  { words: 'server show', args: ['nobody'], status: 1 },
  { words: 'server add', args: ['web'], status: 2 },
  { words: 'server test', args: ['nobody'], status: 1 },
  { words: 'server trust', args: ['--all'], status: 0 },
  { words: 'server enable', args: ['nobody'], status: 1 },
  { words: 'server disable', args: ['nobody'], status: 1 },
  { words: 'server remove', args: ['nobody', '--yes'], status: 1 },
  { words: 'token list', args: [], status: 0 },
  { words: 'token create', args: ['ci', '--permissions', 'read'], status: 0 },
  { words: 'token show', args: ['nobody'], status: 1 },
  { words: 'token migrate', args: [], status: 0 },
  { words: 'token enable', args: ['nobody'], status: 1 },
  { words: 'token disable', args: ['nobody'], status: 1 },
  { words: 'token revoke', args: ['nobody', '--yes'], status: 1 },
  { words: 'jobs list', args: [], status: 0 },
  { words: 'jobs show', args: ['job_1'], status: 1 },
  { words: 'jobs cancel', args: ['job_1'], status: 1 },
  { words: 'lock', args: ['--list'], status: 0 },
  { words: 'unlock', args: ['--every'], status: 0 },
  { words: 'approvals list', args: [], status: 0 },
  { words: 'approvals show', args: ['apr_1'], status: 1 },
  { words: 'approvals approve', args: ['apr_1'], status: 1 },
  { words: 'approvals deny', args: [], status: 1 },
  { words: 'policy check', args: [], status: 0 },
  { words: 'policy explain', args: ['uptime'], status: 0 },
  { words: 'policy test', args: ['nothing.jsonl'], status: 1 },
  { words: 'audit verify', args: [], status: 1 },
  { words: 'audit tail', args: [], status: 1 },
  { words: 'audit search', args: ['--since', '2h'], status: 1 },
  { words: 'audit report', args: ['--since', '2h'], status: 1 },
  { words: 'audit export', args: [], status: 1 },
  { words: 'version', args: [], status: 0 },
];

let place: SallyportPlace;

beforeEach(() => {
  place = new SallyportPlace();
});
afterEach(() => place[Symbol.asyncDispose]());

describe('every command', () => {
  it('is in the table, and has help', async () => {
    const listed = async (...words: readonly string[]): Promise<readonly string[]> => {
      const { stdout } = await runHere(place, [...words, '--help']);
      const rest = stdout.split('\nCommands:\n')[1] ?? '';
      return [...rest.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => [...words, name].join(' '));
    };
    const groups = ['server', 'token', 'jobs', 'approvals', 'policy', 'audit'];
    const found = [...(await listed())];
    for (const group of groups) found.push(...(await listed(group)));
    const known = [...commands.map(({ words }) => words), ...groups, 'serve', 'stdio'];
    expect(found.toSorted()).toEqual(known.toSorted());
  });

  it.each(commands)('$words $args ends with $status, and with --json prints one JSON value or nothing', async (row) => {
    const words = row.words.split(' ');
    const help = await runHere(place, [...words, '--help']);
    expect(help).toMatchObject({ status: 0, stdout: expect.stringContaining(`Usage: sallyport ${row.words}`) });
    const { status, stdout } = await runHere(place, [...words, ...row.args, '--json']);
    expect(status).toBe(row.status);
    expect(status === 0 || stdout !== '' ? typeof JSON.parse(stdout) : 'object').toBe('object');
    expect(await runHere(place, [...words, '--no-such-option', ...row.args])).toMatchObject({ status: 2, stdout: '' });
  });

  const readNeither =
    /^(?:version|audit .*|server add|policy test|healthcheck|backup|restore|approvals .*|lock|unlock)$/;
  it.each(commands.filter(({ words }) => words !== 'doctor' && !readNeither.test(words)))(
    '$words ends with 78 where the configuration is broken, and names the place',
    async ({ words, args }) => {
      for (const name of ['servers', 'tokens']) place.write(`config/${name}.json`, '{"a": }');
      expect(await runHere(place, [...words.split(' '), ...args])).toMatchObject({
        status: 78,
        stderr: expect.stringMatching(/(servers|tokens)\.json:1:7: /),
      });
    },
  );
});
