import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';

const rules =
  'version: 1\nroles: { oncall: { extends: observe } }\nrules:\n  - { id: make, effect: allow, roles: [oncall], command: make, operands: { each: test } }\n';
const line = (id: string, command: string, expect: string): string =>
  `${JSON.stringify({ id, profile: 'observe', command, expect })}\n`;

let place: SallyportPlace;

beforeEach(() => {
  place = new SallyportPlace();
});
afterEach(() => place[Symbol.asyncDispose]());

describe('sallyport policy explain', () => {
  it('says what would be decided, without any configuration', async () => {
    const { stdout, status } = await runHere(place, [
      'policy',
      'explain',
      '--profile',
      'observe',
      '--json',
      '--',
      'ls -la; rm x',
    ]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      decision: 'deny',
      canonical: null,
      units: [
        { program: 'ls', argv: ['-la'], span: [0, 6], via: [] },
        { program: 'rm', argv: ['x'], span: [8, 12], via: [] },
      ],
      findings: [
        { code: 'unlisted', severity: 'deny', rule: 'builtin:unlisted', text: 'rm is not listed', span: [8, 12] },
      ],
      rule: 'builtin:unlisted',
      reason: expect.stringContaining('rm is not listed'),
      would_allow: '- { id: allow-rm, effect: allow, command: rm, operands: { each: [x] } }',
      profile: 'observe',
      policy_version: expect.stringMatching(/^built-in:/),
    });
  });

  it('goes by the token, the server, the policy and the security block', async () => {
    place.write('config/policy.yaml', rules);
    place.write('config/servers.json', {
      servers: { web: { host: '127.0.0.1', user: 'a', ssh_key_path: 'k' } },
      security: { forbidden_commands: ['mkfs'] },
    });
    const entry = { permissions: ['execute'], allowed_servers: ['web'] };
    place.write('config/tokens.json', {
      tokens: {
        tok_1b2c3d4e5f60718293a4b5c6d7e8f901: { ...entry, name: 'ops', profile: 'oncall' },
        tok_2c3d4e5f60718293a4b5c6d7e8f90112: { ...entry, name: 'old' },
      },
    });
    const explain = async (...args: readonly string[]): Promise<unknown> =>
      JSON.parse((await runHere(place, ['policy', 'explain', '--json', ...args])).stdout);
    expect(await explain('--token', 'ops', '--server', 'web', '--', 'make test')).toMatchObject({
      decision: 'allow',
      rule: 'make',
      canonical: expect.stringContaining('make'),
    });
    expect(await explain('--token', 'ops', '--server', 'web', '--', 'make install')).toMatchObject({
      decision: 'deny',
    });
    expect(await explain('--token', 'old', '--', 'make install')).toMatchObject({ decision: 'allow', profile: 'seed' });
    expect(await explain('--token', 'old', '--', 'echo mkfs')).toMatchObject({ decision: 'deny', rule: 'security' });
  });

  it.each([
    ['--profile', 'observ', 'did you mean observe?'],
    ['--token', 'nobody', "no token is called 'nobody'"],
    ['--server', 'nobody', "Server 'nobody' not found"],
  ])('names what it does not know: %s %s', async (flag, name, said) => {
    const { stderr, status } = await runHere(place, ['policy', 'explain', flag, name, '--', 'ls']);
    expect(stderr).toContain(said);
    expect(status).not.toBe(0);
  });
});

describe('sallyport policy test', () => {
  it('scores a file, and fails below what is wanted', async () => {
    place.write('good.jsonl', line('a', 'uptime', 'allow') + line('b', 'rm x', 'deny'));
    place.write('bad.jsonl', line('a', 'uptime', 'deny'));
    const good = await runHere(place, ['policy', 'test', place.path('good.jsonl'), '--json']);
    expect(JSON.parse(good.stdout)).toEqual({
      total: 2,
      t1: { passed: 1, total: 1, failed: [] },
      t2: { passed: 1, total: 1, failed: [] },
      t3: { passed: 1, total: 1, failed: [] },
      t4: { passed: 2, total: 2, failed: [] },
    });
    expect(good.status).toBe(0);
    const bad = await runHere(place, ['policy', 'test', place.path('bad.jsonl')]);
    expect(bad.status).toBe(1);
    expect(bad.stdout).toMatch(/T1 {2}0\.0 % {2}0 of 1 .*\n {4}a\n/);
  });

  it.each(['', 'x\n', '{}\n'])('says which line is none: %j', async (text) => {
    place.write('c.jsonl', `${line('a', 'uptime', 'allow')}${text}`);
    const { status, stderr } = await runHere(place, ['policy', 'test', place.path('c.jsonl')]);
    expect(status).toBe(text === '' ? 0 : 1);
    expect(stderr.includes('c.jsonl:2:1')).toBe(text !== '');
  });

  it('says that a file is not there', async () => {
    expect(await runHere(place, ['policy', 'test', 'none.jsonl'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('none.jsonl cannot be read'),
    });
  });
});

describe('sallyport policy check', () => {
  it('is content without a file, and with a good one', async () => {
    expect(await runHere(place, ['policy', 'check'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('does not exist'),
    });
    place.write('config/policy.yaml', rules);
    expect(await runHere(place, ['policy', 'check'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('1 rules'),
    });
  });

  it('names file, line and column of what is wrong', async () => {
    place.write('p.yaml', 'version: 1\nrulse: []\n');
    expect(await runHere(place, ['policy', 'check', place.path('p.yaml')])).toMatchObject({
      status: 78,
      stderr: expect.stringMatching(/p\.yaml:2:1: rulse: unknown key \(did you mean rules\?\)/),
    });
    expect((await runHere(place, ['policy', 'check', 'none.yaml'])).status).toBe(1);
  });

  it('finds tokens whose profile there is not', async () => {
    place.write('config/policy.yaml', rules);
    place.write('config/tokens.json', {
      tokens: { tok_1b2c3d4e5f60718293a4b5c6d7e8f901: { name: 'ops', profile: 'onkall' } },
    });
    expect(await runHere(place, ['policy', 'check'])).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("token 'ops': no profile or role onkall"),
    });
  });
});

describe('sallyport token create', () => {
  it.each([
    [['--permissions', 'read'], 'observe'],
    [['--permissions', 'read,execute'], 'standard'],
    [['--permissions', 'read', '--profile', 'admin'], 'admin'],
  ])('%s makes a token with the profile %s', async (args, profile) => {
    const { stdout } = await runHere(place, ['token', 'create', 'ci', '--json', ...args]);
    expect(JSON.parse(stdout)).toMatchObject({ profile });
    expect(JSON.stringify(place.json('config/tokens.json'))).toContain(`"profile":"${profile}"`);
  });

  it('takes roles of policy.yaml, and no other names', async () => {
    place.write('config/policy.yaml', rules);
    const create = (profile: string) =>
      runHere(place, ['token', 'create', profile, '--permissions', 'read', '--profile', profile]);
    expect((await create('oncall')).status).toBe(0);
    expect(await create('onkall')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('did you mean oncall?'),
    });
  });
});
