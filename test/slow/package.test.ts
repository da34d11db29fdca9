import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { installBuiltPackage, npm } from '../fixtures/built-package.ts';
import { freePorts } from '../fixtures/ports.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = temporaryFolder();
let place: string;
const environment = { PATH: `${root}node_modules/.bin:${process.env.PATH ?? ''}`, HOME: folder.path };

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
  place = await installBuiltPackage(folder.path);
}, 180_000);
afterAll(async () => {
  await sshd[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** The directories of packages below this `node_modules`. */
function packagesIn(modules: string): readonly string[] {
  if (!existsSync(modules)) return [];
  const names = readdirSync(modules).filter((name) => !name.startsWith('.'));
  const own = names.flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
  );
  return own.flatMap((name) => [join(modules, name), ...packagesIn(join(modules, name, 'node_modules'))]);
}

describe('the package', { timeout: 60_000 }, () => {
  it('installs at most 25 packages and 8 MB, with its licences and what is bundled', () => {
    const modules = join(place, 'node_modules');
    expect(packagesIn(modules).length).toBeLessThanOrEqual(25);
    const bytes = readdirSync(modules, { recursive: true })
      .map((name) => statSync(join(modules, String(name))))
      .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);
    expect(bytes).toBeLessThanOrEqual(8 * 1024 * 1024);
    const own = join(modules, 'sallyport');
    const notices = readFileSync(join(own, 'THIRD_PARTY_NOTICES'), 'utf8');
    const bom = JSON.parse(readFileSync(join(own, 'sbom.cdx.json'), 'utf8')) as { components: { name: string }[] };
    expect(bom.components.length).toBeGreaterThan(10);
    for (const name of ['hono', 'unbash', 'zod', 'ssh2']) {
      expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
      expect(bom.components.map((component) => component.name)).toContain(name);
    }
  });

  it('runs with npx, and serves a client over stdio down to a command on a real server', async () => {
    const version = await npm(['exec', '--no', '--', 'sallyport', 'version'], { cwd: place, home: folder.path });
    expect(version).toBe(`${packageJson.version}\n`);
    const config = join(folder.path, 'config');
    mkdirSync(config, { mode: 0o700 });
    const server = { host: sshd.address, port: sshd.port, user: sshd.user, ssh_key_path: sshd.keyPath };
    writeFileSync(join(config, 'servers.json'), JSON.stringify({ servers: { a: server } }), { mode: 0o600 });
    writeFileSync(join(config, 'known_hosts'), readFileSync(sshd.knownHostsPath), { mode: 0o600 });
    const transport = new StdioClientTransport({
      command: join(place, 'node_modules/.bin/sallyport'),
      args: ['stdio', '--config-dir', config],
      env: { ...environment, XDG_STATE_HOME: join(folder.path, 'state'), SALLYPORT_STRICT_POLICY: 'true' },
      stderr: 'ignore',
    });
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(transport);
    const input = { server: 'a', command: 'echo from the package' };
    const { structuredContent } = await client.callTool({ name: 'execute_command', arguments: input });
    expect(structuredContent).toMatchObject({ success: true, stdout: 'from the package\n' });
    await client.close();
  });

  it('serves over HTTP, with clients that sign in with a browser', async () => {
    const config = join(folder.path, 'served');
    const [port = 0] = await freePorts(1);
    mkdirSync(config, { mode: 0o700 });
    const serving = spawn(
      join(place, 'node_modules/.bin/sallyport'),
      ['serve', '--port', String(port), '--config-dir', config],
      {
        cwd: folder.path,
        env: { ...environment, OAUTH_ENABLED: 'true' },
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    try {
      let said = '';
      for await (const chunk of serving.stdout) {
        said += String(chunk);
        if (said.includes('Serving MCP')) break;
      }
      const base = /Serving MCP at (\S+)\/mcp/.exec(said)?.[1] ?? '';
      const redirect = { redirect_uris: ['http://127.0.0.1/callback'], token_endpoint_auth_method: 'none' };
      const registered = await fetch(`${base}/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(redirect),
      });
      expect(registered.status).toBe(201);
    } finally {
      serving.kill('SIGTERM');
      await once(serving, 'exit');
    }
  });
});
