import { stat, readFile } from 'node:fs/promises';
import ssh2, { type AnyAuthMethod, type ParsedKey } from 'ssh2';
import { GatewayError } from '../../base/errors.ts';
import type { Host, KeyFile } from '../../hosts/host.ts';
import { LimitedAgent, readPublicKeys } from './limited-agent.ts';

/** Bits that let somebody other than the owner read, write or execute a file. */
const othersMask = 0o077;
/** No private key is nearly as long; what is read may be any file that a caller names. */
const maxKeyBytes = 64 * 1024;

/** What will be presented to a host, in order, and how each was found; the words are for the operator. */
export interface LoginPlan {
  readonly methods: readonly AnyAuthMethod[];
  readonly tried: readonly string[];
}

/**
 * Reads the host's keys from disk and lists the ways to log in.
 *
 * A key that cannot be used is passed over and named in `tried`; when nothing is left the login is refused before
 * anything is sent.
 */
export async function planLogin(host: Host): Promise<LoginPlan> {
  const username = host.user;
  const methods: AnyAuthMethod[] = [];
  const tried: string[] = [];
  for (const file of host.credentials.keys) {
    const key = await readPrivateKey(file);
    if (typeof key === 'string') {
      tried.push(`key ${file.path} (${key})`);
    } else {
      tried.push(`key ${file.path}`);
      methods.push({ type: 'publickey', username, key });
    }
  }
  const { agent, agentKeys, password } = host.credentials;
  if (agent !== undefined) {
    const reachable = await isSocket(agent);
    tried.push(reachable ? `agent ${agent}` : `agent ${agent} (not there)`);
    const limited = reachable && agentKeys ? new LimitedAgent(agent, await readPublicKeys(agentKeys)) : agent;
    if (reachable) methods.push({ type: 'agent', username, agent: limited });
  } else {
    tried.push('no agent');
  }
  if (password !== undefined) {
    tried.push('password');
    methods.push({ type: 'password', username, password: password.reveal() });
  }
  if (methods.length === 0) {
    const [key, ...others] = host.credentials.keys;
    const nothing =
      key && others.length === 0
        ? `Cannot load private key from ${key.path}. Check the path and passphrase.`
        : `Nothing to log in to ${host.id} with.`;
    throw new GatewayError('host_login_refused', `${nothing} Tried: ${tried.join(', ')}.`);
  }
  return { methods, tried };
}

/** The key, or in a few words why it cannot be used. */
async function readPrivateKey(file: KeyFile): Promise<ParsedKey | string> {
  const stats = await stat(file.path).catch(() => undefined);
  if (!stats?.isFile()) return 'file not found';
  if ((stats.mode & othersMask) !== 0) return `readable by others: chmod 600 ${file.path}`;
  if (stats.size > maxKeyBytes) return 'not a private key';
  const text = await readFile(file.path).catch(() => undefined);
  if (text === undefined) return 'not readable by the gateway';
  const parsed = ssh2.utils.parseKey(text, file.passphrase?.reveal());
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined) return 'not a private key';
  if (key instanceof Error)
    return /passphrase/i.test(key.message) ? 'passphrase missing or wrong' : 'not a usable private key';
  return key.isPrivateKey() ? key : 'a public key, not a private one';
}

async function isSocket(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isSocket() ?? false;
}
