import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolsets } from '../../src/tools/index.ts';
import {
  settingsIn,
  settingsOfCall,
  signInPage,
  toolsShown,
  type ClientSettings,
} from '../fixtures/client-settings.ts';
import { answers, aNewcomer, printedToken, type Newcomer } from '../fixtures/newcomer.ts';
import { blocksOf } from '../fixtures/pages.ts';
import { freePorts } from '../fixtures/ports.ts';
import { followedPages, Reader, shellBlocksOf } from '../fixtures/reader.ts';
import { exampleEnv, exampleEnvOfSecondSeed, exampleServers, exampleTokens } from '../fixtures/seed-examples.ts';
import { fullRights, fullToken } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
let newcomer: Newcomer;
let env: Newcomer['env'];

beforeAll(async () => {
  sshd = await startSshd();
  newcomer = await aNewcomer(sshd);
  ({ env } = newcomer);
}, 120_000);
afterAll(async () => {
  newcomer[Symbol.dispose]();
  await sshd[Symbol.asyncDispose]();
});

/** Calls a tool; its structured result, or the status of a refusal. */
function aCaller(url: string) {
  return async (token: string, name: string, input: object): Promise<unknown> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: input } }),
    });
    if (!response.ok) return response.status;
    const { result } = (await response.json()) as { result: { structuredContent: unknown } };
    return result.structuredContent;
  };
}

describe('the README', () => {
  it('leads from a clone to a client that is shown the tools', async () => {
    await using reader = new Reader();
    const cwd = newcomer.clone('newcomer');
    const [port = 0] = await freePorts(1);
    const put = {
      'web-1.example.com': `${sshd.address} --port ${sshd.port}`,
      '--user deploy': `--user ${sshd.user}`,
      '127.0.0.1:8000': `127.0.0.1:${port}`,
      YOUR_TOKEN: printedToken,
    };
    const shown = await reader.follow('README.md', { cwd, env: { ...env, PORT: String(port) }, put, answers });
    expect(shown).toContain("✓ Server 'web-1' added");
    const [call = []] = newcomer.clients.newCalls();
    expect(await toolsShown(settingsOfCall(call, env), env)).toContain('execute_command');
  });
});

/** A page of many clients, whose settings are used one by one. */
describe('the page on clients', () => {
  let gateway: Reader;
  let put: Readonly<Record<string, string>>;
  let commandLines: typeof put;
  let token = '';

  beforeAll(async () => {
    gateway = new Reader();
    const [port = 0] = await freePorts(1);
    const cwd = newcomer.directory('gateway');
    const following = { cwd, env: { ...env, PORT: String(port) }, answers, headings: ['Serving'] };
    token = printedToken(await gateway.follow(page, following));
    commandLines = { YOUR_TOKEN: token, '127.0.0.1:8000': `127.0.0.1:${port}` };
    put = { YOUR_TOKEN: token, '127.0.0.1:8000': `127.0.0.1:${port}`, '/home/you/gateway': join(cwd, 'config') };
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  const page = 'docs/clients.md';
  const filled = (text: string): string =>
    Object.entries(put).reduce((all, [example, real]) => all.replaceAll(example, real), text);
  const files = blocksOf(page).filter(({ language }) => language === 'json' || language === 'toml');

  /** Clients that are set up alike come to us alike: one of them is enough. */
  const shown = new Map<string, Promise<readonly string[]>>();
  function toolsOf(settings: ClientSettings): Promise<readonly string[]> {
    const key = JSON.stringify(settings);
    const known = shown.get(key) ?? toolsShown(settings, env);
    shown.set(key, known);
    return known;
  }

  it.each(files)('has settings under $heading that lead to the tools: $place', async (block) => {
    const text = filled(block.text).replace('${input:sallyport}', token);
    expect(await toolsOf(settingsIn({ ...block, text }))).toContain('list_servers');
  });

  it('has command lines that lead to the tools', async () => {
    await using reader = new Reader();
    const cwd = newcomer.directory('signing-in');
    const [port = 0] = await freePorts(1);
    const base = `http://127.0.0.1:${port}`;
    const signingIn = { ...env, PORT: String(port), OAUTH_ENABLED: 'true' };
    await reader.follow(page, { cwd, env: signingIn, answers, headings: ['Serving'] });
    const headings = ['Claude Code', 'Codex', 'Gemini CLI'];
    await reader.follow(page, { cwd, env, put: { ...commandLines, 'https://ssh.example.com': base }, headings });
    const calls = newcomer.clients.newCalls();
    expect(calls.length).toBe(7);
    const isSignedIn = (settings: ClientSettings) => 'url' in settings && settings.url === `${base}/mcp`;
    const settings = calls.map((call) => settingsOfCall(call, { ...env, SALLYPORT_TOKEN: token }));
    expect(await signInPage(`${base}/mcp`)).toContain('api_token');
    for (const each of settings.filter((one) => !isSignedIn(one))) {
      expect(await toolsOf(each)).toContain('list_servers');
    }
    expect(settings.filter(isSignedIn)).toEqual([{ url: `${base}/mcp`, headers: {} }]);
  });
});

describe('moving from mcp-ssh', () => {
  it('keeps what there is, serves its clients, and leads back', async () => {
    await using three = await startSshd({ ports: 3 });
    const cwd = newcomer.directory('mcp-ssh');
    for (const name of ['config', 'keys', 'logs']) mkdirSync(join(cwd, name));
    const entries = Object.entries(exampleServers.servers).map(([name, entry], index) => {
      copyFileSync(three.keyPath, join(cwd, entry.ssh_key_path.replace('/app/', '')));
      return [name, { ...entry, host: three.address, port: three.ports[index], user: three.user }];
    });
    const [port = 0] = await freePorts(1);
    const before = {
      'config/servers.json': JSON.stringify({ ...exampleServers, servers: Object.fromEntries(entries) }),
      'config/tokens.json': JSON.stringify(exampleTokens),
      '.env': exampleEnv.replace('PORT=8000', `PORT=${port}`),
    };
    for (const [name, text] of Object.entries(before)) writeFileSync(join(cwd, name), text);
    await using reader = new Reader();
    const page = 'docs/moving-from-mcp-ssh.md';
    const steps = blocksOf(page).map(({ heading }) => heading);
    const headings = steps.filter((heading) => heading !== 'Going back');
    const shown = await reader.follow(page, { cwd, env, answers, headings });
    expect(shown).toContain(`${three.user}\r\n`);
    const token = printedToken(shown);
    const settings = { url: `http://127.0.0.1:${port}/mcp`, headers: { Authorization: `Bearer ${token}` } };
    expect(await toolsShown(settings, env)).toContain('execute_on_multiple');
    const stdio = blocksOf(page).find(({ language }) => language === 'json');
    if (stdio === undefined) throw new Error('no settings for stdio');
    const text = stdio.text.replace('YOUR_TOKEN', token).replace('/home/you/mcp-ssh', cwd);
    expect(await toolsShown(settingsIn({ ...stdio, text }), env)).toContain('check_service_status');
    await reader.follow(page, { cwd, env, headings: ['Going back'] });
    for (const [name, was] of Object.entries(before)) expect(readFileSync(join(cwd, name), 'utf8')).toBe(was);
  });
});

describe('moving from ssh-mcp-server', () => {
  const page = 'docs/moving-from-ssh-mcp-server.md';

  it('leads from the settings of Claude Desktop to the same tools', async () => {
    await using reader = new Reader();
    const cwd = newcomer.directory('elsewhere');
    const put = {
      'SSH_DEFAULT_HOST=your-server.com': `SSH_DEFAULT_HOST=${sshd.address} SSH_DEFAULT_PORT=${sshd.port}`,
      'your-server.com': sshd.address,
    };
    await reader.follow(page, { cwd, env, put, answers, headings: ['Claude Desktop, over stdio'] });
    const block = blocksOf(page).find(({ language }) => language === 'json');
    if (block === undefined) throw new Error('no settings for stdio');
    const text = block.text
      .replace('your-server.com', sshd.address)
      .replace('"ubuntu"', `"${sshd.user}", "SSH_DEFAULT_PORT": "${sshd.port}"`)
      .replace('/home/you/.ssh/id_ed25519', sshd.keyPath);
    expect(await toolsShown(settingsIn({ ...block, text }), env)).toEqual(
      toolsets['ssh-mcp-server'].map(({ name }) => name),
    );
  });

  it('leads from the example .env to a server that sends people to Google, and back', async () => {
    const cwd = newcomer.directory('ssh-mcp-server');
    const [port = 0] = await freePorts(1);
    const was = exampleEnvOfSecondSeed
      .replace('HTTP_PORT=3003', `HTTP_PORT=${port}`)
      .replace('SSH_DEFAULT_PORT=22', `SSH_DEFAULT_PORT=${sshd.port}`)
      .replace('SSH_DEFAULT_USER=root', `SSH_DEFAULT_USER=${sshd.user}`)
      .replace('/path/to/.ssh/id_ed25519', sshd.keyPath);
    writeFileSync(join(cwd, '.env'), was);
    await using reader = new Reader();
    await reader.follow(page, { cwd, env, answers, headings: ['ChatGPT, over HTTP'] });
    const described = await fetch(`http://127.0.0.1:${port}/.well-known/oauth-protected-resource`);
    expect(await described.text()).toContain('"authorization_servers":["https://mcp.yourdomain.com');
    const refused = await fetch(`http://127.0.0.1:${port}/sse`);
    expect(refused.headers.get('www-authenticate')).toContain('resource_metadata="https://mcp.yourdomain.com/');
    await reader.follow(page, { cwd, env, headings: ['Going back'] });
    expect(readFileSync(join(cwd, '.env'), 'utf8')).toBe(was);
  });
});

describe('operations', () => {
  it('are as the page says, from a day to an incident and back', async () => {
    const cwd = newcomer.directory('operated');
    const config = join(cwd, 'config');
    mkdirSync(config, { mode: 0o700 });
    mkdirSync(join(cwd, 'keys'), { mode: 0o700 });
    const keys = { 'web-1': 'id_ed25519', 'web-1-new': 'web-1-new' };
    for (const name of Object.values(keys)) copyFileSync(sshd.keyPath, join(cwd, 'keys', name));
    const entry = { host: sshd.address, port: sshd.port, user: sshd.user, ssh_key_path: 'keys/id_ed25519' };
    writeFileSync(join(config, 'servers.json'), JSON.stringify({ servers: { 'web-1': entry } }), { mode: 0o600 });
    copyFileSync(sshd.knownHostsPath, join(config, 'known_hosts'));
    const tokens = { [fullToken]: { ...fullRights, name: 'ci' } };
    writeFileSync(join(config, 'tokens.json'), JSON.stringify({ tokens }), { mode: 0o600 });
    const [port = 0] = await freePorts(1);
    const following = { cwd, env: { ...env, PORT: String(port) }, answers };
    const page = 'docs/operations.md';
    await using sequel = new Reader();
    {
      await using gateway = new Reader();
      await gateway.follow('docs/clients.md', { ...following, headings: ['Serving'] });
      const call = aCaller(`http://127.0.0.1:${port}/mcp`);
      expect(await call(fullToken, 'execute_command', { server: 'web-1', command: 'whoami' })).toMatchObject({
        stdout: `${sshd.user}\n`,
      });
      await sequel.follow(page, { ...following, headings: ['Daily', 'Backup'] });
      const put = {
        'web-1.example.com': `${sshd.address} --port ${sshd.port}`,
        '--user deploy': `--user ${sshd.user}`,
      };
      const rotated = printedToken(await sequel.follow(page, { ...following, put, headings: ['Rotation'] }));
      expect(await call(rotated, 'list_servers', {})).toMatchObject({ count: 1 });
      await expect.poll(() => call(fullToken, 'list_servers', {})).toBe(401);
      const said = await sequel.follow(page, { ...following, headings: ['When something is wrong'] });
      expect(said).toMatch(/Locked: everything[^]*execute_command {2}web-1/);
    }
    await sequel.follow(page, { ...following, headings: ['Restore'] });
    const now = JSON.parse(readFileSync(join(config, 'tokens.json'), 'utf8')) as { tokens: Record<string, object> };
    expect(now.tokens[fullToken]).toMatchObject({ name: 'ci', enabled: false });
  });
});

describe('the blocks of the pages', () => {
  it.each(followedPages)('have all been run: %s', (page) => {
    const left = shellBlocksOf(page).filter(({ place }) => !Reader.followed.has(place));
    expect(left).toEqual([]);
  });
});
