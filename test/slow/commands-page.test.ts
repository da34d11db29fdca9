import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandAnswers } from '../../scripts/docs/command-answers.ts';
import { fullRights, fullToken, serverEntry } from '../fixtures/gateway.ts';
import { runHere } from '../fixtures/run-here.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
let place: SallyportPlace;
beforeAll(async () => {
  sshd = await startSshd();
  place = new SallyportPlace();
  place.write('config/servers.json', { servers: { a: serverEntry(sshd) } });
  place.write('config/tokens.json', { tokens: { [fullToken]: fullRights } });
  place.write('inventory.ini', 'b ansible_host=127.0.0.1 ansible_user=me\n');
  place.write('commands.jsonl', '{"id":"a","profile":"observe","command":"uptime","expect":"allow"}\n');
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

/** One installation, from the first command to the last. */
const used: readonly (readonly [words: string, ...args: string[]])[] = [
  ['init'],
  ['status'],
  ['server list'],
  ['server show', 'a'],
  ['server trust', '--all', '--yes'],
  ['server test', 'a'],
  ['server import', '--ansible', 'inventory.ini', '--key', 'KEY'],
  ['server add', 'c', '--host', '127.0.0.1', '--port', 'PORT', '--user', 'USER', '--key', 'KEY', '--accept-host-key'],
  ['server disable', 'b'],
  ['server enable', 'b'],
  ['server remove', 'b', '--yes'],
  ['doctor', '--offline'],
  ['healthcheck'],
  ['run', 'a', '--', 'echo hi'],
  ['cp', 'here', 'a:THERE'],
  ['token create', 'ci', '--permissions', 'read', '--description', 'x', '--servers', '*'],
  ['token list'],
  ['token show', 'ci'],
  ['token disable', 'ci'],
  ['token enable', 'ci'],
  ['token migrate'],
  ['token revoke', 'ci', '--yes'],
  ['lock', '--all'],
  ['unlock', '--all'],
  ['jobs list'],
  ['approvals list'],
  ['policy check'],
  ['policy explain', '--', 'uptime'],
  ['policy test', 'commands.jsonl'],
  ['audit verify'],
  ['audit tail'],
  ['audit search', '--since', '1h'],
  ['audit report'],
  ['audit export', '--output', 'records.jsonl'],
  ['backup', 'kept'],
  ['restore', 'kept', '--replace', '--yes'],
  ['version'],
];

describe('the page on commands', () => {
  it('names what each answers with --json', { timeout: 120_000 }, async () => {
    const there = place.path('there');
    mkdirSync(there);
    writeFileSync(place.path('here'), 'x');
    const real: Readonly<Record<string, string>> = {
      KEY: sshd.keyPath,
      PORT: String(sshd.port),
      USER: sshd.user,
      'a:THERE': `a:${there}/x`,
      ...Object.fromEntries(
        ['here', 'kept', 'inventory.ini', 'commands.jsonl', 'records.jsonl'].map((name) => [name, place.path(name)]),
      ),
    };
    const answered: Record<string, readonly string[]> = {};
    for (const [words, ...args] of used) {
      const all = [...words.split(' '), '--json', ...args.map((word) => real[word] ?? word)];
      const { stdout, stderr } = await runHere(place, all);
      expect(`${words}: ${stdout === '' ? stderr : '{'}`).toBe(`${words}: {`);
      answered[words] = Object.keys(JSON.parse(stdout) as object).toSorted();
    }
    const listed = Object.entries(commandAnswers).filter(([, answer]) => Array.isArray(answer));
    expect(Object.keys(answered).toSorted()).toEqual(listed.map(([words]) => words).toSorted());
    const named = Object.keys(answered).map((words) => [words, [commandAnswers[words] ?? []].flat().toSorted()]);
    expect(answered).toEqual(Object.fromEntries(named));
  });
});
