import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import { GatewayError } from '../base/errors.ts';
import type { Host } from '../hosts/host.ts';
import { algorithms } from './algorithms.ts';
import { Ssh2Connection, type Connection } from './connection.ts';
import { planLogin, type LoginPlan } from './credentials.ts';
import { knownAlgorithms, verifyHostKey } from './host-keys.ts';

const keepaliveIntervalMs = 15_000;
const keepaliveCountMax = 3;

export interface ConnectOptions {
  /** The stream to speak SSH over; owned by the connection from here on. */
  readonly stream: Duplex;
  readonly signal: AbortSignal;
}

/** Verifies the host key, logs in, and only then resolves. Nothing but the key exchange is sent to an unverified host. */
export async function openConnection(host: Host, { stream, signal }: ConnectOptions): Promise<Connection> {
  try {
    const plan = await planLogin(host);
    return await logIn(host, plan, stream, signal);
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

function logIn(host: Host, plan: LoginPlan, stream: Duplex, signal: AbortSignal): Promise<Connection> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    let hostKeyError: unknown;
    const waiting = [...plan.methods];
    const fail = (error: unknown): void => {
      signal.removeEventListener('abort', aborted);
      reject(hostKeyError ?? error);
      client.destroy();
    };
    const aborted = (): void => fail(signal.reason);
    if (signal.aborted) {
      fail(signal.reason);
      return;
    }
    signal.addEventListener('abort', aborted, { once: true });
    client.on('error', (error) => {
      // The agent's trouble is not the login's: the next method follows.
      if (error.level !== 'agent') fail(connectError(host, plan, error));
    });
    client.on('close', () => fail(lostWhileConnecting(host, undefined)));
    client.on('ready', () => {
      signal.removeEventListener('abort', aborted);
      client.removeAllListeners('close');
      client.removeAllListeners('error');
      resolve(new Ssh2Connection(client, host, stream));
    });
    client.connect({
      sock: stream,
      username: host.user,
      readyTimeout: 0,
      keepaliveInterval: keepaliveIntervalMs,
      keepaliveCountMax,
      algorithms: { ...algorithms, serverHostKey: hostKeyAlgorithms(host) },
      hostVerifier: (key: Buffer) => {
        try {
          verifyHostKey(host, key);
          return true;
        } catch (error) {
          hostKeyError = error;
          return false;
        }
      },
      authHandler: () => waiting.shift() ?? false,
    });
  });
}

/** The types known for the host first: it then proves itself with a key we can check. */
function hostKeyAlgorithms(host: Host): typeof algorithms.serverHostKey {
  const known = new Set<string>(knownAlgorithms(host));
  const isKnown = (name: string): boolean => known.has(name);
  return [
    ...algorithms.serverHostKey.filter((name) => isKnown(name)),
    ...algorithms.serverHostKey.filter((name) => !isKnown(name)),
  ];
}

function connectError(host: Host, plan: LoginPlan, cause: Error & { level?: string }): GatewayError {
  if (cause.level === 'client-authentication') {
    const message = `${host.id} refused the login of ${host.user}. Tried: ${plan.tried.join(', ')}. Add the gateway's public key to that account, or run sallyport server add.`;
    return new GatewayError('host_login_refused', message, { cause });
  }
  if (cause.level === 'handshake') {
    const message = `${host.id} and the gateway share no secure SSH algorithm, or the key exchange failed. Update the SSH server there.`;
    return new GatewayError('host_unreachable', message, { cause });
  }
  return lostWhileConnecting(host, cause);
}

function lostWhileConnecting(host: Host, cause: unknown): GatewayError {
  const message = `${host.id} closed the connection before the login was done. Check the SSH server at ${host.address} port ${host.port}, then try again.`;
  return new GatewayError('host_unreachable', message, { cause });
}
