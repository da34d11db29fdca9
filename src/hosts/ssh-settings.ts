import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { hasErrorCode } from '../base/error-code.ts';
import { GatewayError } from '../base/errors.ts';
import { neutraliseLine } from '../base/untrusted-text.ts';

const timeoutMs = 10_000;
const maxOutputBytes = 1024 * 1024;
const maxErrorBytes = 2000;

export interface SshProgram {
  /** `PATH` is where ssh is found; the rest is what the user's `Match exec` commands see. */
  readonly env: NodeJS.ProcessEnv;
  /** Read instead of the files ssh would read by itself. */
  readonly configFile: string | undefined;
}

/** What ssh would be asked to connect to. User and port win over the configuration's. */
export interface SshTarget {
  readonly name: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

/** The settings of one host as `ssh -G` prints them, by keyword in lower case. Most have one value. */
export type SshSettings = ReadonlyMap<string, readonly string[]>;

/**
 * Asks ssh what its configuration says of a host. Connects to nothing, but runs the user's `Match exec` commands.
 *
 * No shell, a fixed working directory, and no name that ssh could take for an option.
 */
export async function readSshSettings(program: SshProgram, { name, user, port }: SshTarget): Promise<SshSettings> {
  if (name.startsWith('-') || name === '' || user?.startsWith('-'))
    throw unusable(name, 'is not a name ssh may be given');
  const args = [
    ...(program.configFile === undefined ? [] : ['-F', program.configFile]),
    '-G',
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '--',
    name,
  ];
  const settings = new Map<string, readonly string[]>();
  for (const line of (await run(program, args, name)).split('\n')) {
    const blank = line.indexOf(' ');
    if (blank === -1) continue;
    const keyword = line.slice(0, blank).toLowerCase();
    settings.set(keyword, [...(settings.get(keyword) ?? []), line.slice(blank + 1)]);
  }
  return settings;
}

/** Only absolute entries of `PATH` count: an empty or relative one would mean the working directory. */
function findSsh(path: string): string {
  const found = path
    .split(':')
    .filter(isAbsolute)
    .map((directory) => join(directory, 'ssh'))
    .find(isExecutable);
  if (found !== undefined) return found;
  const message = 'There is no ssh program, which reads ~/.ssh/config for us. Install the package openssh-client.';
  throw new GatewayError('config_invalid', message);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function run({ env }: SshProgram, args: readonly string[], name: string): Promise<string> {
  const ssh = findSsh(env['PATH'] ?? '');
  // A process group of its own: what a `Match exec` started ends with it.
  const child = spawn(ssh, args, { cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const endGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if (!hasErrorCode(error, 'ESRCH')) throw error;
    }
  };
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let complaint = '';
    const fail = (why: string, cause?: unknown): void => {
      clearTimeout(timer);
      endGroup();
      reject(unusable(name, why, cause));
    };
    const timer = setTimeout(() => fail(`was not answered for by ssh -G within ${timeoutMs / 1000} s`), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxOutputBytes) fail('has more settings than can be meant');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString('latin1')).slice(0, maxErrorBytes);
    });
    child.on('error', (cause) => fail('could not be looked up: ssh did not start', cause));
    // What a `Match exec` left behind would hold the pipes open.
    child.on('exit', endGroup);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      if (status === 0) {
        resolve(Buffer.concat(chunks).toString('utf8'));
        return;
      }
      const cause = new Error(`ssh -G ended with ${status ?? signal}: ${neutraliseLine(complaint)}`);
      fail('was refused by ssh -G: run it yourself to see why', cause);
    });
  });
}

function unusable(name: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError('config_invalid', `${neutraliseLine(name)} of the SSH client configuration ${why}.`, {
    cause,
  });
}
