import ssh2 from 'ssh2';
import { GatewayError } from '../../base/errors.ts';
import type { Host } from '../../hosts/host.ts';
import { algorithms } from '../connect/algorithms.ts';
import { dialTcp } from '../connect/dial.ts';

/**
 * The key a host shows at this moment (RFC 4253, section 6.6), as a raw blob. No login is tried, and nothing says that
 * the key is the right one: a person compares it, then `server trust` stores it.
 */
export async function fetchHostKey(host: Host, signal: AbortSignal): Promise<Buffer> {
  const stream = await dialTcp(host, signal);
  const client = new ssh2.Client();
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const aborted = (): void => reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  client.on('error', (cause) => {
    const message = `${host.id} did not show a host key: no SSH server, or none with a secure algorithm, answers at ${host.address} port ${host.port}.`;
    reject(new GatewayError('host_unreachable', message, { cause }));
  });
  client.on('close', () =>
    reject(new GatewayError('host_unreachable', `${host.id} closed the connection before it showed a host key.`)),
  );
  try {
    client.connect({
      sock: stream,
      username: host.user,
      readyTimeout: 0,
      algorithms,
      // Refusing the key ends the exchange before a login.
      hostVerifier: (key: Buffer) => {
        resolve(Buffer.from(key));
        return false;
      },
    });
    return await promise;
  } finally {
    signal.removeEventListener('abort', aborted);
    client.destroy();
    stream.destroy();
  }
}
