import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { hasErrorCode } from '../base/error-code.ts';
import { GatewayError } from '../base/errors.ts';
import { neutraliseLine } from '../base/untrusted-text.ts';
import { isHostId, type HostId } from './host.ts';
import { matchPatterns } from './host-pattern.ts';
import { globFiles } from './include-glob.ts';
import { parseSshConfigLine } from './ssh-config-line.ts';

/** As READCONF_MAX_DEPTH in OpenSSH's readconf.c, which gives up beyond. */
const maxDepth = 16;
const maxFileBytes = 4 * 1024 * 1024;
/** Files that include each other several times would otherwise be read in numbers that grow with every level. */
const maxFiles = 1000;

/** Where an OpenSSH client configuration begins, and what its relative `Include` paths are relative to. */
export interface SshConfigSource {
  readonly file: string;
  readonly directory: string;
  /** The home that `~` stands for; undefined in the system's configuration, where `~` is not allowed. */
  readonly home: string | undefined;
}

export interface SshConfigNames {
  /** Names without wildcards behind `Host`, in the order of the files. */
  readonly names: readonly HostId[];
  /** Every file and directory that was looked at, also those that are not there. */
  readonly inputs: readonly string[];
  /** Tells one content of all those files from another. */
  readonly digest: string;
}

/**
 * Lists the hosts that a configuration speaks of by name. Evaluates nothing: `ssh -G` does, for one host at a time.
 *
 * Throws `config_invalid` for a user's file that somebody else may write, as ssh does.
 */
export function readSshConfigNames(source: SshConfigSource): SshConfigNames {
  const names = new Set<HostId>();
  const inputs = new Set<string>();
  const content = createHash('sha256');
  let filesLeft = maxFiles;

  /** `conditions` are the `Host` blocks around the `Include` that led here: all of them must match a name. */
  function read(file: string, passed: readonly string[], conditions: readonly (readonly string[])[]): void {
    inputs.add(file);
    if (passed.includes(file) || passed.length > maxDepth || filesLeft === 0) return;
    filesLeft -= 1;
    let block: readonly string[] | undefined;
    const text = readText(file, source);
    content.update(`${file}\0${text}\0`);
    for (const line of text.split('\n').map(parseSshConfigLine)) {
      if (line?.keyword === 'match') block = undefined;
      if (line?.keyword === 'host') {
        block = line.args;
        for (const name of namesAmong(line.args)) {
          if (conditions.every((patterns) => matchPatterns(name, patterns) === 'matched')) names.add(name);
        }
      }
      if (line?.keyword !== 'include') continue;
      const inner = block === undefined ? conditions : [...conditions, block];
      for (const included of line.args.flatMap(filesOf)) read(included, [...passed, file], inner);
    }
  }

  function filesOf(include: string): readonly string[] {
    const pattern = includePattern(include, source);
    if (pattern === undefined) return [];
    const { files, inputs: more } = globFiles(pattern);
    for (const path of more) inputs.add(path);
    return files;
  }

  read(source.file, [], []);
  return { names: [...names], inputs: [...inputs], digest: content.digest('hex') };
}

/** The names that stand for themselves and are not taken back by a negation beside them. */
function namesAmong(patterns: readonly string[]): readonly HostId[] {
  return patterns.filter(
    // The last line: what ssh refuses as an argument, or takes for user@host or a URI; U+FFFD was not valid UTF-8.
    (name): name is HostId =>
      isHostId(name) &&
      !/[*?]|^!/.test(name) &&
      matchPatterns(name, patterns) === 'matched' &&
      !/[\s'`"$\\;&<>|(){}@\uFFFD]|:\/\//.test(name),
  );
}

function includePattern(include: string, { directory, home }: SshConfigSource): string | undefined {
  if (isAbsolute(include)) return include;
  if (!include.startsWith('~')) return include === '' ? undefined : `${directory}/${include}`;
  return home !== undefined && include.startsWith('~/') ? `${home}/${include.slice(2)}` : undefined;
}

function readText(file: string, { home }: SshConfigSource): string {
  try {
    // Non-blocking: a pipe must not hold us up.
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(descriptor);
      if (!stats.isFile()) return '';
      if (stats.size > maxFileBytes) throw unusable(file, `is larger than ${maxFileBytes} bytes`);
      if (home !== undefined) requireOurs(file, stats);
      return readFileSync(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    if (hasErrorCode(cause, 'ENOENT') || hasErrorCode(cause, 'ENOTDIR')) return '';
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw unusable(file, 'cannot be read', cause);
  }
}

function requireOurs(file: string, { uid, mode }: Stats): void {
  if (uid !== 0 && uid !== process.geteuid?.()) throw unusable(file, 'belongs to another user');
  if ((mode & 0o022) !== 0) throw unusable(file, `can be written by others: chmod go-w ${neutraliseLine(file)}`);
}

function unusable(file: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError('config_invalid', `The SSH client configuration ${neutraliseLine(file)} ${why}.`, { cause });
}

/** The user's own configuration and the system's, which ssh reads after it. */
export function sshConfigSources(home: string): { readonly user: SshConfigSource; readonly system: SshConfigSource } {
  const directory = join(home, '.ssh');
  return {
    user: { file: join(directory, 'config'), directory, home },
    system: { file: '/etc/ssh/ssh_config', directory: '/etc/ssh', home: undefined },
  };
}
