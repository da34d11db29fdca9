import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { takeSteps } from '../fixtures/dockerfile.ts';
import { freePorts } from '../fixtures/ports.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';
import { startSshd } from '../fixtures/sshd.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

describe('the Dockerfile', { timeout: 240_000 }, () => {
  it('makes, step by step, an image that serves as uid 1000 and tells that it is healthy', async () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    const path = `${root}node_modules/.bin:${process.env['PATH'] ?? ''}`;
    const into = join(folder.path, 'image');
    mkdirSync(into);
    const image = takeSteps(read('deploy/Dockerfile'), {
      into,
      context: { root, allowed },
      env: { ...process.env, PATH: path },
      leaveOut: /^apt-get /,
    });
    expect(image.user).toBe('1000:1000');
    expect(existsSync(join(image.root, 'app/src'))).toBe(false);
    for (const name of ['config', 'keys', 'logs', 'data']) {
      expect(statSync(join(image.root, 'app', name)).mode & 0o777).toBe(0o700);
    }

    const places = Object.entries(image.env).map(([name, value]) => [name, value.replace('/app', `${image.root}/app`)]);
    const port = String((await freePorts(1))[0]);
    const env = { PATH: path, HOME: '/nonexistent', ...Object.fromEntries(places), PORT: port };
    const inImage = (words: readonly string[]) => words.map((word) => word.replace(/^\/app/, `${image.root}/app`));
    const [program = '', ...args] = inImage(image.command);
    const refused = spawnSync(program, args, { env, encoding: 'utf8' });
    expect(refused).toMatchObject({ status: 78, stderr: expect.stringContaining('SALLYPORT_INSECURE_BIND=1') });

    const serving = spawn(program, args, {
      env: { ...env, SALLYPORT_INSECURE_BIND: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(serving.stdout, 'data');
      const [check = '', ...words] = inImage(image.healthcheck);
      const healthy = spawnSync(check, words, { env, encoding: 'utf8' });
      expect(healthy).toMatchObject({ status: 0, stdout: expect.stringContaining('alive') });
    } finally {
      serving.kill('SIGTERM');
      await once(serving, 'exit');
    }
    const { stderr } = spawnSync(join(image.root, 'app/bin/sallyport'), ['healthcheck'], { env, encoding: 'utf8' });
    expect(stderr).toBe('');
  });
});

describe('the compose files', () => {
  it('publish on loopback alone, write to nothing but their volumes, and pass on what .env sets', () => {
    const { services } = parse(read('deploy/compose.yaml')) as { services: Record<string, Record<string, unknown>> };
    expect(services['sallyport']).toMatchObject({
      container_name: 'mcp-ssh-server',
      ports: [expect.stringMatching(/^127\.0\.0\.1:/)],
      env_file: [{ path: '.env', required: false }],
      read_only: true,
      cap_drop: ['ALL'],
      volumes: ['config', 'keys', 'logs', 'data'].map((name) => `./${name}:/app/${name}`),
    });
    const proxied = parse(read('deploy/compose.proxy.yaml'), { logLevel: 'silent' }) as typeof services;
    expect(proxied).toMatchObject({ services: { sallyport: { ports: [], networks: ['proxy'] } } });
  });
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe.skipIf(!hasSystemd)('the systemd unit', () => {
  it('is a valid one, and little exposed', () => {
    const unit = join(folder.path, 'sallyport.service');
    writeFileSync(unit, read('deploy/sallyport.service').replace('/usr/local/bin/sallyport', '/bin/true'));
    expect(spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
    const said = execFileSync('systemd-analyze', ['security', '--offline=true', '--threshold=25', unit], {
      encoding: 'utf8',
    });
    expect(said).toMatch(/Overall exposure level/);
  });
});

const hasNginx = existsSync('/usr/sbin/nginx');

describe.skipIf(!hasNginx)('nginx, as in the example', { timeout: 60_000 }, () => {
  it('passes every event on at once', async () => {
    await using sshd = await startSshd();
    await using place = new SallyportPlace();
    const server = { host: sshd.address, port: sshd.port, user: sshd.user, ssh_key_path: sshd.keyPath };
    const token = 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0';
    place.write('config/servers.json', { servers: { a: server, b: server } });
    place.write('config/tokens.json', { tokens: { [token]: { name: 'ci', permissions: ['execute'] } } });
    place.write('config/known_hosts', readFileSync(sshd.knownHostsPath, 'utf8'));
    const env = { PUBLIC_BASE_URL: 'https://sallyport.example.com' };
    const serving = place.start(['serve', '--port', '0'], { env });
    const [, upstream = ''] = await serving.printed(/Serving MCP at http:\/\/127\.0\.0\.1:(\d+)/);
    const [port = 0] = await freePorts(1);
    const directory = join(folder.path, 'nginx');
    mkdirSync(directory);
    const certificate = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
    ];
    const files = ['-keyout', join(directory, 'key'), '-out', join(directory, 'cert')];
    execFileSync('openssl', [...certificate, ...files, '-subj', '/CN=sallyport.example.com'], { stdio: 'pipe' });
    const example = read('deploy/nginx.conf')
      .replace('listen 443', `listen 127.0.0.1:${port}`)
      .replace('/etc/ssl/sallyport/fullchain.pem', join(directory, 'cert'))
      .replace('/etc/ssl/sallyport/privkey.pem', join(directory, 'key'))
      .replace('127.0.0.1:8000', `127.0.0.1:${upstream}`);
    const config = `daemon off; pid ${directory}/pid; error_log stderr; events {} http { access_log off; ${example} }`;
    writeFileSync(join(directory, 'conf'), config);
    const nginx = spawn('/usr/sbin/nginx', ['-p', directory, '-c', join(directory, 'conf')], { stdio: 'ignore' });
    try {
      await expect.poll(() => existsSync(join(directory, 'pid'))).toBe(true);
      const command = 'echo done';
      const call = {
        name: 'execute_on_multiple',
        arguments: { servers: ['a', 'b'], command, batch_size: 1, batch_pause: 2 },
        _meta: { progressToken: 1 },
      };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call });
      const headers = {
        host: 'sallyport.example.com',
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      };
      const options = { port, host: '127.0.0.1', path: '/mcp', method: 'POST', headers, rejectUnauthorized: false };
      const arrived = await new Promise<readonly number[]>((resolve, reject) => {
        const times: number[] = [];
        const asked = request(options, (response) => {
          expect(response.statusCode).toBe(200);
          response.on('data', () => times.push(performance.now()));
          response.on('end', () => resolve(times));
        });
        asked.on('error', reject);
        asked.end(body);
      });
      expect((arrived.at(-1) ?? 0) - (arrived[0] ?? 0)).toBeGreaterThan(1_000);
    } finally {
      nginx.kill('SIGQUIT');
      await once(nginx, 'exit');
    }
  });
});
