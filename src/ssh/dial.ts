import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { Duplex } from 'node:stream';
import { GatewayError } from '../base/errors.ts';
import type { Host } from '../hosts/host.ts';

/** A TCP stream to the host's SSH port, with TCP_NODELAY: without it a short command costs 15 times as long. */
export async function dialTcp(host: Host, signal: AbortSignal): Promise<Duplex> {
  const socket = createConnection({ host: host.address, port: host.port, noDelay: true });
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (cause) {
    socket.destroy();
    signal.throwIfAborted();
    const message = `${host.id} could not be reached at ${host.address} port ${host.port}: ${dialProblem(cause)}. Check the address and the network, then try again.`;
    throw new GatewayError('host_unreachable', message, { cause });
  }
}

function dialProblem(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the name is not known';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'no route to it';
  if (code === 'ETIMEDOUT') return 'no answer';
  return typeof code === 'string' ? code : 'connection failed';
}

/** The standard streams of a `ProxyCommand` (ssh_config(5)); tokens are expanded already. For personal use only. */
export function dialProxyCommand(command: string): Duplex {
  const child = spawn('/bin/sh', ['-c', `exec ${command}`], { stdio: ['pipe', 'pipe', 'ignore'], cwd: '/' });
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  child.on('error', (error) => stream.destroy(error));
  child.on('exit', () => stream.destroy());
  stream.on('close', () => child.kill('SIGTERM'));
  return stream;
}
