import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import { GatewayError } from '../../base/errors.ts';
import type { Host } from '../../hosts/host.ts';
import { algorithms } from './algorithms.ts';
import type { LoginPlan } from './credentials.ts';
import { knownAlgorithms, verifyHostKey } from '../host-keys/host-keys.ts';
import { useKeyObjects } from './key-objects.ts';
import { Transport } from './transport.ts';

const keepaliveIntervalMs = 15_000;
const keepaliveCountMax = 3;

export interface LoginOptions {
  readonly plan: LoginPlan;
  /** The stream to speak SSH over; owned by the transport from here on. */
  readonly stream: Duplex;
  readonly answerTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** The connection broke before the key exchange was done: a server drops those that are too many in this way. */
export class HandshakeLost extends GatewayError {}

/** Verifies the host key, logs in, and only then resolves. Nothing but the key exchange is sent to an unverified host. */
export async function logIn(host: Host, options: LoginOptions): Promise<Transport> {
  try {
    return await tryLogin(host, options);
  } catch (error) {
    options.stream.destroy();
    throw error;
  }
}

function tryLogin(host: Host, { plan, stream, answerTimeoutMs, signal }: LoginOptions): Promise<Transport> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    let hostKeyError: unknown;
    let isVerified = false;
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
      if (error.level !== 'agent') fail(isVerified ? loginError(host, plan, error) : handshakeError(host, error));
    });
    client.on('close', () => fail(isVerified ? lostInLogin(host, undefined) : lostInHandshake(host, undefined)));
    client.on('handshake', () => (isVerified = true));
    useKeyObjects(client);
    client.on('ready', () => {
      signal.removeEventListener('abort', aborted);
      client.removeAllListeners('close');
      client.removeAllListeners('error');
      resolve(new Transport({ client, stream, host, answerTimeoutMs }));
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

type ClientError = Error & { readonly level?: string };

function handshakeError(host: Host, cause: ClientError): GatewayError {
  const isLost = cause.level === 'client-socket' || cause.message === 'Connection lost before handshake';
  if (isLost) return lostInHandshake(host, cause);
  const message =
    cause.level === 'handshake'
      ? `${host.id} and the gateway share no secure SSH algorithm, or the key exchange failed. Update the SSH server there.`
      : `What answers for ${host.id} at ${host.address} port ${host.port} does not speak SSH as it should. Check the port.`;
  return new GatewayError('host_unreachable', message, { cause });
}

function loginError(host: Host, plan: LoginPlan, cause: ClientError): GatewayError {
  if (cause.level !== 'client-authentication') return lostInLogin(host, cause);
  const message = `${host.id} refused the login of ${host.user}. Tried: ${plan.tried.join(', ')}. Add the gateway's public key to that account, or run sallyport server add.`;
  return new GatewayError('host_login_refused', message, { cause });
}

function lostInHandshake(host: Host, cause: unknown): HandshakeLost {
  return new HandshakeLost('host_unreachable', closedEarly(host), { cause });
}

function lostInLogin(host: Host, cause: unknown): GatewayError {
  return new GatewayError('host_unreachable', closedEarly(host), { cause });
}

function closedEarly(host: Host): string {
  return `${host.id} closed the connection before the login was done. Check the SSH server at ${host.address} port ${host.port}, then try again.`;
}
