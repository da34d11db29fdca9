import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import type { TokenCreateOptions, TokenRevokeOptions } from './tokens.ts';
import { command } from './command.ts';
import { UsageError } from './exit-code.ts';
import { addOperating } from './operating.ts';
import type { ApprovalsListOptions, ApprovalsOptions, DecideOptions } from './approvals.ts';
import type { CommonOptions } from './open-config.ts';
import type { PolicyExplainOptions } from './policy-explain.ts';
import type { ServeOptions } from './serve.ts';
import type { ServerAddOptions } from './server-add.ts';
import type { ServerImportOptions } from './server-import.ts';
import type { ServerRemoveOptions } from './server-remove.ts';
import type { ServerTestOptions } from './server-test.ts';
import type { ServerTrustOptions } from './server-trust.ts';

/** Runs the command that the arguments name. */
export async function runProgram(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version were asked for; every other message is out already.
    if (error.exitCode !== 0) throw new UsageError('');
  }
}

/** Every command. What one needs is loaded when it runs. */
export function createProgram(): Command {
  const program = new Command('sallyport')
    .description('The SSH gateway for AI agents: every call authenticated, judged, recorded.')
    .exitOverride()
    .helpCommand(false)
    .showHelpAfterError('(--help says more)');
  program.version(packageJson.version, '-V, --version');
  addServing(program);
  addSwitches(addServers(program), addTokens(program));
  addPolicy(program);
  addOperating(program);
  addApprovals(program);
  addRest(program);
  return program;
}

function addServing(program: Command): void {
  command(program, 'init', 'make a configuration: directory, empty servers.json, one token').action(
    async (options: CommonOptions) => (await import('./init.ts')).init(options),
  );
  program
    .command('serve')
    .description('serve MCP over HTTP')
    .option('--host <address>', 'address to listen on (else HOST, HTTP_HOST, 127.0.0.1)')
    .option('--port <port>', 'port to listen on (else PORT, HTTP_PORT, 8000)')
    .option('--config-dir <dir>', 'directory of servers.json and tokens.json (else CONFIG_DIR, else ./config)')
    .option('--demo', 'with a demo server as long as there is no real one')
    .action(async (options: ServeOptions) => (await import('./serve.ts')).serve(options));
  program
    .command('stdio')
    .description('serve one MCP client over standard input and output')
    .option('--config-dir <dir>', 'directory of servers.json and tokens.json (else $XDG_CONFIG_HOME/sallyport)');
}

function addServers(program: Command): Command {
  const server = program.command('server').helpCommand(false).description('the servers of the gateway');
  command(server, 'add', 'add a server and put a key on it')
    .argument('[name]')
    .option('--name <name>', 'the same as the argument')
    .option('--host <host>', 'host name or IP address')
    .option('--port <port>', 'SSH port (22)')
    .option('--user <user>', 'user to log in as')
    .option('--description <text>')
    .option('--tags <tags>', 'tags, by commas')
    .option('--jump <names>', 'servers to pass through, by commas')
    .option('--key <path>', 'an existing private key that the server knows already: no password is asked')
    .option('--key-passphrase-env <name>', 'environment variable that holds its passphrase')
    .option('--accept-host-key', 'trust whatever host key the server shows')
    .option('--host-key-fingerprint <fingerprint>', 'trust only the host key with this SHA256:… fingerprint')
    .option('--password-env <name>', 'environment variable that holds the password')
    .option('--password-stdin', 'read the password from standard input')
    .option('--replace', 'overwrite a server of this name')
    .option('--save-anyway', 'save it even if the key could not be set up')
    .action(async (name: string | undefined, options: ServerAddOptions) =>
      (await import('./server-add.ts')).serverAdd(name, options),
    );
  command(server, 'import', 'add the servers of an Ansible inventory or of ~/.ssh/config; nobody is connected to')
    .option('--ansible <file>', 'an inventory in YAML or INI')
    .option('--ssh-config', 'your ~/.ssh/config')
    .option('--only <pattern>', 'names such as web-*')
    .option('--user <name>', 'where the inventory names none (your own)')
    .option('--key <path>', 'the private key of servers for which none is named (else an ssh-agent)')
    .option('--replace', 'overwrite servers of the same names')
    .option('--dry-run', 'only show what would be added')
    .action(async (options: ServerImportOptions) => (await import('./server-import.ts')).serverImport(options));
  command(server, 'show', 'show one server as the gateway takes it')
    .argument('<name>')
    .action(async (name: string, options: CommonOptions) =>
      (await import('./server-show.ts')).serverShow(name, options),
    );
  command(server, 'list', 'list the servers').action(async (options: CommonOptions) =>
    (await import('./server-list.ts')).serverList(options),
  );
  command(server, 'test', 'log in to a server, or without a name to all of them, and run uname -a')
    .argument('[name]')
    .option('--parallel <number>', 'of all, so many at a time (16)')
    .action(async (name: string | undefined, options: ServerTestOptions) =>
      (await import('./server-test.ts')).serverTest(name, options),
    );
  command(server, 'remove', 'remove a server')
    .argument('<name>')
    .option('--remove-key', 'delete its key too')
    .option('--yes', 'do not ask')
    .action(async (name: string, options: ServerRemoveOptions) =>
      (await import('./server-remove.ts')).serverRemove(name, options),
    );
  command(server, 'trust', 'fetch the host key of a server, compare it and store it')
    .argument('[name]')
    .option('--all', 'every server without a known host key: shows them all and asks once')
    .option('--accept-host-key', 'trust whatever host key is shown')
    .option('--yes', 'the same as --accept-host-key')
    .option('--fingerprint <fingerprint>', 'trust only the host key with this SHA256:… fingerprint')
    .option('--replace', 'forget the host keys known so far')
    .action(async (name: string | undefined, options: ServerTrustOptions) =>
      (await import('./server-trust.ts')).serverTrust(name, options),
    );
  return server;
}

function addSwitches(server: Command, token: Command): void {
  for (const verb of ['enable', 'disable'] as const) {
    const ends = verb === 'disable' ? ': what runs there ends within two seconds' : '';
    command(server, verb, `${verb} a server${ends}`)
      .argument('<name>')
      .action(async (name: string, options: CommonOptions) =>
        (await import('./server-enable.ts')).serverEnable(verb, name, options),
      );
    command(token, verb, `${verb} a token`)
      .argument('<token-or-name>')
      .action(async (nameOrToken: string, options: CommonOptions) =>
        (await import('./token-enable.ts')).tokenEnable(verb, nameOrToken, options),
      );
  }
}

function addTokens(program: Command): Command {
  const token = program.command('token').helpCommand(false).description('the tokens that clients use');
  command(token, 'create', 'make a token and show it once')
    .argument('[name]')
    .option('--name <name>', 'the same as the argument')
    .option('--description <text>')
    .option('--permissions <list>', 'read, execute, write, install, manage, by commas')
    .option(
      '--role <list>',
      'approver, operator, auditor, by commas: for signing in; without --permissions it calls no tools',
    )
    .option('--servers <list>', 'names and patterns, by commas (*)')
    .option('--expires-in-days <days>')
    .option('--profile <name>', 'profile or role of the policy (standard; observe where permissions are read alone)')
    .option('--rate-limit-multiplier <number>', 'its share of the rate limits (1)')
    .option('--allowed-ips <list>', 'addresses and networks it may come from, by commas')
    .action(async (name: string | undefined, options: TokenCreateOptions) =>
      (await import('./tokens.ts')).tokenCreate(name, options),
    );
  command(token, 'list', 'list the tokens').action(async (options: CommonOptions) =>
    (await import('./token-list.ts')).tokenList(options),
  );
  command(token, 'show', 'everything about a token but its text')
    .argument('<token-or-name>')
    .action(async (nameOrToken: string, options: CommonOptions) =>
      (await import('./token-list.ts')).tokenShow(nameOrToken, options),
    );
  command(token, 'migrate', 'replace plaintext tokens by their hashes; they work as before').action(
    async (options: CommonOptions) => (await import('./token-migrate.ts')).tokenMigrate(options),
  );
  command(token, 'revoke', 'remove a token: what it runs ends within two seconds')
    .argument('<token-or-name>')
    .option('--yes', 'do not ask')
    .action(async (nameOrToken: string, options: TokenRevokeOptions) =>
      (await import('./tokens.ts')).tokenRevoke(nameOrToken, options),
    );
  return token;
}

function addPolicy(program: Command): void {
  const policy = program.command('policy').helpCommand(false).description('what may run, and why');
  command(policy, 'check', 'check policy.yaml, with the tests of its rules')
    .argument('[file]', 'another file than that of the configuration')
    .action(async (file: string | undefined, options: CommonOptions) =>
      (await import('./policy-check.ts')).policyCheck(file, options),
    );
  command(policy, 'explain', 'say what would be decided on a command, and why; no server is asked')
    .option('--profile <name>', 'a built-in profile, or a role of policy.yaml')
    .option('--token <name>', 'the token whose profile it is')
    .option('--server <name>', 'the server it would run on')
    .argument('<command...>', 'the command, after --')
    .action(async (words: readonly string[], options: PolicyExplainOptions) =>
      (await import('./policy-explain.ts')).policyExplain(words, options),
    );
  policy
    .command('test')
    .description(
      'score the built-in profiles on a file of commands and what is expected of them; no configuration is read',
    )
    .argument('<file>', 'JSON lines with id, profile, command, expect and runs')
    .option('--json', 'print the result as JSON')
    .action(async (file: string, options: { readonly json?: boolean }) =>
      (await import('./policy-test.ts')).policyTest(file, options),
    );
}

function addApprovals(program: Command): void {
  const group = program.command('approvals').helpCommand(false).description('what waits for a person to decide');
  const approvals = (name: string, description: string): Command =>
    command(group, name, description).option('--personal', 'of sallyport stdio, wherever this is typed');
  approvals('list', 'list what waits for a person')
    .option('--all', 'also what was decided, and what has ended')
    .action(async (options: ApprovalsListOptions) => (await import('./approvals.ts')).approvalsList(options));
  approvals('show', 'show all that is known of one')
    .argument('<id>')
    .action(async (id: string, options: ApprovalsOptions) =>
      (await import('./approvals.ts')).approvalsShow(id, options),
    );
  for (const verb of ['approve', 'deny'] as const) {
    const decision = verb === 'approve' ? 'approve' : 'decline';
    approvals(verb, `${verb} what an agent asks for; a code must be typed at the terminal`)
      .argument('[id]', 'may be left out where one waits')
      .option('--reason <text>', 'told to the agent, and recorded')
      .action(async (id: string | undefined, options: DecideOptions) =>
        (await import('./approvals.ts')).approvalsDecide(decision, id, options),
      );
  }
}

function addRest(program: Command): void {
  command(program, 'status', 'where the configuration is, and how much is in it').action(
    async (options: CommonOptions) => (await import('./status.ts')).status(options),
  );
  const jobs = program
    .command('jobs')
    .helpCommand(false)
    .description('commands that outlive their calls, of all callers');
  command(jobs, 'list', 'list the jobs').action(async (options: CommonOptions) =>
    (await import('./jobs.ts')).jobsList(options),
  );
  command(jobs, 'show', 'how a job goes, and the end of what it wrote')
    .argument('<job>')
    .action(async (id: string, options: CommonOptions) => (await import('./jobs.ts')).jobsShow(id, options));
  command(jobs, 'cancel', 'end a job with everything it started')
    .argument('<job>')
    .action(async (id: string, options: CommonOptions) => (await import('./jobs.ts')).jobsCancel(id, options));
  program
    .command('version')
    .description('print the version')
    .option('--json', 'print the result as JSON')
    .action((options: { readonly json?: boolean }) => {
      const { version } = packageJson;
      process.stdout.write(options.json === true ? `${JSON.stringify({ version })}\n` : `${version}\n`);
    });
}
