import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { startSshd, type Sshd } from '../test/fixtures/sshd.ts';
import { plain } from './commands.ts';
import { takeTurns, type Contender } from './contender.ts';
import { median, percentile, type Row, type Section } from './figures.ts';
import { anInstallation, sallyport } from './gateway.ts';

const execute = promisify(execFile);
const folder = join(import.meta.dirname, 'peers');

/** Other SSH servers for MCP and ours, each over stdio as an agent starts them, in turns. */
export function againstPeers(commands: number): Section {
  return {
    name: 'peers',
    about: `${commands} distinct commands over stdio, beside the other servers of this kind`,
    run: async () => {
      await installPeers();
      await using sshd = await startSshd(plain);
      using installation = anInstallation(sshd);
      await using ours = await overStdio({
        name: 'sallyport stdio',
        args: [...sallyport, 'stdio', '--config-dir', join(installation.directory, 'config')],
        env: { MCP_TOKEN: 'tok_1f2e3d4c5b6a79880716253443526170', LOG_LEVEL: 'error' },
        cwd: installation.directory,
        call: (command) => ({ name: 'execute_command', arguments: { server: 'bench-1', command } }),
        stdout: (text) => String((JSON.parse(text) as { stdout?: unknown }).stdout),
      });
      await using sshMcp = await overStdio(sshMcpPeer(sshd, installation.directory));
      await using manager = await overStdio(managerPeer(sshd, installation.directory));
      const peers = [sshMcp, manager];
      const times = await takeTurns([ours, ...peers], commands);
      const p50 = (contender: Contender): number => median(times.get(contender) ?? []);
      return [
        ...[ours, ...peers].flatMap((contender): Row[] => [
          { what: `${contender.name}, p50`, measured: p50(contender), unit: 'ms' },
          { what: `${contender.name}, p99`, measured: percentile(times.get(contender) ?? [], 99), unit: 'ms' },
        ]),
        ...peers.map((peer): Row => {
          const what = `${peer.name} / sallyport, p50`;
          return { what, measured: p50(peer) / p50(ours), unit: 'x', target: { atLeast: 10 } };
        }),
      ];
    },
  };
}

/** Without their install scripts: one of them would build something that it can do without. */
async function installPeers(): Promise<void> {
  if (existsSync(join(folder, 'node_modules'))) return;
  await execute('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
}

interface StdioServer {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly call: (command: string) => { readonly name: string; readonly arguments: Record<string, unknown> };
  readonly stdout: (text: string) => string;
}

/** Its host keys are not checked, and the tier is the one that asks nobody: what it is fastest with. */
function sshMcpPeer(sshd: Sshd, cwd: string): StdioServer {
  const where = [`--host=${sshd.address}`, `--port=${sshd.port}`, `--user=${sshd.user}`, `--key=${sshd.keyPath}`];
  return {
    name: 'ssh-mcp 2.11.0',
    args: [join(folder, 'node_modules/ssh-mcp/build/index.js'), ...where, '--group=dev', '--insecureHostKey'],
    env: {},
    cwd,
    call: (command) => ({ name: 'run-command', arguments: { command } }),
    stdout: (text) => text,
  };
}

function managerPeer(sshd: Sshd, cwd: string): StdioServer {
  return {
    name: 'mcp-ssh-manager 3.8.5',
    args: [join(folder, 'node_modules/mcp-ssh-manager/src/index.js')],
    env: {
      SSH_SERVER_BENCH_HOST: sshd.address,
      SSH_SERVER_BENCH_PORT: String(sshd.port),
      SSH_SERVER_BENCH_USER: sshd.user,
      SSH_SERVER_BENCH_KEYPATH: sshd.keyPath,
    },
    cwd,
    call: (command) => ({ name: 'ssh_execute', arguments: { server: 'bench', command } }),
    stdout: (text) => String((JSON.parse(text) as { stdout?: unknown }).stdout),
  };
}

async function overStdio({ name, args, env, cwd, call, stdout }: StdioServer): Promise<Contender> {
  const client = new Client({ name: 'bench', version: '1' });
  const environment = { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env };
  const command = process.execPath;
  await client.connect(new StdioClientTransport({ command, args: [...args], env: environment, cwd, stderr: 'ignore' }));
  return {
    name,
    run: async (text) => {
      const { content } = await client.callTool(call(text));
      const [first] = content;
      return first?.type === 'text' ? stdout(first.text) : '';
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
