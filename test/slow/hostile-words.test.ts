import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateEd25519 } from '../../src/ssh/openssh-key.ts';
import { aHostileHost, type HostileHost } from '../fixtures/hostile-host.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';

const token = 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0';
/** Renames the window, clears the screen, draws over the line, types an answer back, and turns the line round. */
const evil = '\u001b]0;owned\u0007\u001b[2J\rALL WELL\u001b[6n\u009b31m\u202eredro\u0000';
/** What a terminal, or whoever reads a log there, would obey: all controls but a tab and the end of a line, and turned text. */
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

let refusing: HostileHost;
let answering: HostileHost;
let garbling: HostileHost;

const says = { greeting: `hello ${evil.replaceAll(/[\r\0]/g, '')}`, ident: 'evil', banner: `banner ${evil}` };

beforeAll(async () => {
  refusing = await aHostileHost({ says, login: (attempt) => attempt.reject(['publickey']) });
  garbling = await aHostileHost({ loggedIn: (_client, socket) => void socket.write(evil.repeat(100)) });
  answering = await aHostileHost({
    says,
    exec: (run, command) => {
      const channel = run();
      const [, value] = /SALLYPORT_PROBE=(\w+)/.exec(command) ?? [];
      if (value !== undefined) channel.write(`+${value}+\n`);
      channel.write(evil);
      channel.stderr.write(`${evil}\n`);
      channel.exit('TERM', false, evil);
      channel.end();
    },
  });
});
afterAll(async () => {
  for (const host of [refusing, garbling, answering]) await host[Symbol.asyncDispose]();
});

function aPlace(): SallyportPlace {
  const place = new SallyportPlace();
  const keyPath = place.path('keys/id_ed25519');
  place.write('keys/id_ed25519', generateEd25519('agent').privateText);
  const entry = ({ host }: HostileHost): object => ({
    host: host.address,
    port: host.port,
    user: 'agent',
    ssh_key_path: keyPath,
  });
  const hosts = { refusing, garbling, answering };
  place.write('config/servers.json', {
    servers: Object.fromEntries(Object.entries(hosts).map(([name, host]) => [name, entry(host)])),
  });
  place.write('config/tokens.json', {
    tokens: { [token]: { name: 'ci', permissions: ['read', 'execute', 'write'], profile: 'seed' } },
  });
  place.write(
    'config/known_hosts',
    [refusing, garbling, answering].map(({ host }) => `[127.0.0.1]:${host.port} ${host.pinnedHostKeys[0]}\n`).join(''),
  );
  return place;
}

const commands = [
  ['server', 'test'],
  ['doctor'],
  ['run', '*', '--', 'id'],
  ['run', '*', '--json', '--', 'id'],
  ['audit', 'tail'],
];

describe('what a host says of itself, of a login, and of a command', () => {
  it.each(commands.map((words) => ({ words: words.join(' '), args: words })))(
    'reaches no terminal as controls: $words',
    async ({ args }) => {
      await using place = aPlace();
      if (args[0] === 'audit') await place.run(['run', '*', '--', 'id']);
      const shown = await place.atTerminal(args, []);
      // The cursor and the colours are ours: what the host sent is looked for by its own marks.
      expect(shown.shown).not.toMatch(/\u001b\]0;|\u001b\[2J|\u001b\[6n|\u009b|\u202e|\u0000|\rALL WELL/);
      // It did speak, and what it said is shown where it is what was asked for.
      expect(shown.shown).toContain(args[0] === 'run' ? 'ALL WELL' : 'answering');
      const piped = await place.run(args);
      expect(piped.stdout + piped.stderr).not.toMatch(obeyed);
    },
  );

  it('reaches no log, no record and no answer as controls', async () => {
    await using place = aPlace();
    const serving = place.start(['serve', '--port', '0'], { env: { LOG_LEVEL: 'DEBUG' } });
    const [, url = ''] = await serving.printed(/(http:\/\/127\.0\.0\.1:\d+\/mcp)\n/);
    const answers: string[] = [];
    for (const [name, args] of [
      ['execute_command', { command: 'id' }],
      ['read_file', { path: '/etc/hosts' }],
      ['list_directory', { path: '/' }],
      ['system_info', {}],
    ] as const)
      for (const server of ['refusing', 'garbling', 'answering']) {
        const params = { name, arguments: { server, ...args } };
        const response = await fetch(url, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
        });
        answers.push(await response.text());
      }
    await serving.stop();
    expect(serving.stderr).not.toMatch(obeyed);
    expect(place.read('logs/mcp-ssh.log')).not.toMatch(obeyed);
    expect(place.read('logs/audit.log')).toContain('answering');
    expect(place.read('logs/audit.log')).not.toMatch(obeyed);
    expect(answers.join('')).not.toMatch(obeyed);
  });
});
