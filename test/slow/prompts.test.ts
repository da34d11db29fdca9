import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot } from '../fixtures/machine.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const password = 'a password typed by a person';
const ctrlC = '\u0003';
const ctrlD = '\u0004';
/** Takes back what is shown as the answer to accept. */
const clear = '\u0015';
type Answers = Parameters<SallyportPlace['atTerminal']>[1];

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd({
    ...(isRoot && { login: 'ordinary', password }),
    config: ['AuthorizedKeysFile .ssh/authorized_keys'],
  });
});
afterAll(() => sshd[Symbol.asyncDispose]());

/** Every question of `server add`, with what a person types. */
const dialogue = (): Answers => [
  [/Server name/, 'web\r'],
  [/Hostname/, `${sshd.address}\r`],
  [/SSH port/, `${clear}${sshd.port}\r`],
  [/Username/, `${clear}${sshd.user}\r`],
  [/Description/, 'a web server\r'],
  [/Tags/, 'prod, web\r'],
  [/Trust it\?/, 'y'],
  [/Password/, `${password}\r`],
];

/** What a set-up that was broken off must not have made, and what may be there: a key, which is used the next time. */
function madeIn(place: SallyportPlace): readonly string[] {
  const files = readdirSync(place.directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(place.directory.length + 1));
  return files.filter((file) => !/^(?:keys\/web_ed25519(?:\.pub)?|data\/.*|logs\/.*)$/.test(file));
}

describe.runIf(isRoot)('server add at a terminal', () => {
  it('asks for everything, and leaves a server that works and no password anywhere', async () => {
    await using place = new SallyportPlace();
    const { status, shown } = await place.atTerminal(['server', 'add'], dialogue());
    expect({ status, shown }).toMatchObject({ status: 0, shown: expect.stringContaining("✓ Server 'web' added") });
    expect(shown).not.toContain(password);
    expect(place.json('config/servers.json')).toMatchObject({
      servers: { web: { port: sshd.port, user: sshd.user, tags: ['prod', 'web'], description: 'a web server' } },
    });
    expect(await place.run(['server', 'test', 'web'])).toMatchObject({ status: 0 });
    for (const file of ['config/servers.json', 'logs/audit.log']) expect(place.read(file)).not.toContain(password);
  });

  it.each([
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((at) => ({ at, key: 'Ctrl-C', typed: ctrlC })),
    ...[1, 7].map((at) => ({ at, key: 'Ctrl-D', typed: ctrlD })),
  ])('given up with $key at question $at, leaves nothing half made', async ({ at, typed }) => {
    await using place = new SallyportPlace();
    const answers = dialogue();
    const [question = /./] = answers[at] ?? [];
    const { status, shown } = await place.atTerminal(['server', 'add'], [...answers.slice(0, at), [question, typed]]);
    expect({ status, shown }).toMatchObject({ status: 1, shown: expect.stringContaining('Cancelled') });
    // A host key that was confirmed stays confirmed.
    expect(madeIn(place)).toEqual(at === 7 ? ['config/known_hosts'] : []);
  });

  it('asks again for what cannot be, and says why', async () => {
    await using place = new SallyportPlace();
    const rest = dialogue().slice(3);
    const { status, shown } = await place.atTerminal(
      ['server', 'add'],
      [
        [/Server name/, '-web\r'],
        [/a name has|must/, `${clear}web\r`],
        [/Hostname/, 'two words\r'],
        [/must hold no blanks/, `${clear}${sshd.address}\r`],
        [/SSH port/, `${clear}70000\r`],
        [/Port must be between/, `${clear}${sshd.port}\r`],
        ...rest,
      ],
    );
    expect({ status, shown }).toMatchObject({ status: 0, shown: expect.stringContaining("✓ Server 'web' added") });
  });
});

describe('other questions at a terminal', () => {
  it('a token is made of the answers, and none without a permission', async () => {
    await using place = new SallyportPlace();
    const begin: Answers = [
      [/Token name/, 'ci\r'],
      [/Description/, '\r'],
    ];
    const none = await place.atTerminal(['token', 'create'], [...begin, [/ermissions/, '\r']]);
    expect(none).toMatchObject({ shown: expect.stringContaining('No permissions selected') });
    expect(existsSync(place.path('config/tokens.json'))).toBe(false);
    const { status, shown } = await place.atTerminal(
      ['token', 'create'],
      [...begin, [/ermissions/, ' \r'], [/servers/i, `${clear}web-*\r`]],
    );
    expect(status).toBe(0);
    expect(shown).toMatch(/Token: tok_/);
    const { tokens } = place.json('config/tokens.json') as { tokens: Record<string, object> };
    expect(Object.values(tokens)).toEqual([expect.objectContaining({ name: 'ci', allowed_servers: ['web-*'] })]);
  });

  it.each([
    { what: 'no', key: 'n' },
    { what: 'Ctrl-D', key: ctrlD },
  ])('nothing is removed or revoked without a yes: $what', async ({ key }) => {
    await using place = new SallyportPlace();
    place.write('config/servers.json', { servers: { web: { host: 'h', user: 'u', ssh_key_path: '/k' } } });
    expect(await place.run(['token', 'create', 'ci', '--permissions', 'read'])).toMatchObject({ status: 0 });
    const before = [place.read('config/servers.json'), place.read('config/tokens.json')];
    await place.atTerminal(['server', 'remove', 'web'], [[/Are you sure/, key]]);
    await place.atTerminal(['token', 'revoke', 'ci'], [[/sure|Revoke/, key]]);
    expect([place.read('config/servers.json'), place.read('config/tokens.json')]).toEqual(before);
    expect(await place.atTerminal(['server', 'remove', 'web'], [[/Are you sure/, 'y']])).toMatchObject({ status: 0 });
    expect(place.json('config/servers.json')).toEqual({ servers: {} });
  });
});
