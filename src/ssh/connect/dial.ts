import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { GatewayError } from '../../base/errors.ts';
import type { Host } from '../../hosts/host.ts';

type Written = (error?: Error | null) => void;

/** Sends what is written in one turn of the event loop in one piece: SSH packets are small, and each write a system call. */
class PacketSocket extends Socket {
  override write(data: string | Uint8Array, written?: Written): boolean;
  override write(data: string | Uint8Array, encoding?: BufferEncoding, written?: Written): boolean;
  override write(data: string | Uint8Array, second?: BufferEncoding | Written, third?: Written): boolean {
    if (this.writableCorked === 0) {
      this.cork();
      process.nextTick(() => this.uncork());
    }
    return typeof second === 'function' ? super.write(data, second) : super.write(data, second, third);
  }
}

/** A TCP stream to the host's SSH port, with TCP_NODELAY: without it a short command costs 15 times as long. */
export async function dialTcp(host: Host, signal: AbortSignal): Promise<Duplex> {
  const socket = new PacketSocket();
  socket.setNoDelay(true).connect(host.port, host.address);
  try {
    await once(socket, 'connect', { signal });
    // connect() has put the plain write on the socket itself, before ours.
    Reflect.deleteProperty(socket, 'write');
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
