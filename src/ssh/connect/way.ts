import type { Duplex } from 'node:stream';
import type { Host } from '../../hosts/host.ts';
import { unlessAborted } from '../deadline.ts';
import { dialProxyCommand, dialTcp } from './dial.ts';
import { writeLater } from './later-writes.ts';
import type { Lease } from '../pool/lease.ts';

/** The way to a host's SSH port. It is held for as long as the connection lives, then disposed. */
export interface Way extends Disposable {
  dial(signal: AbortSignal): Promise<Duplex>;
}

/** Opens the way, but for its last step. The last jump host is itself reached through those before it. */
export async function openWay(
  host: Host,
  leaseJump: (jump: Host, signal: AbortSignal) => Promise<Lease>,
  signal: AbortSignal,
): Promise<Way> {
  const { route } = host;
  const nothingHeld = (): void => undefined;
  switch (route.kind) {
    case 'direct':
      return { dial: (until) => dialTcp(host, until), [Symbol.dispose]: nothingHeld };
    case 'proxy_command':
      return { dial: async () => dialProxyCommand(route.command), [Symbol.dispose]: nothingHeld };
    case 'jump': {
      const last = route.hosts.at(-1);
      if (last === undefined) return await openWay({ ...host, route: { kind: 'direct' } }, leaseJump, signal);
      const before = route.hosts.slice(0, -1);
      const jump: Host = before.length === 0 ? last : { ...last, route: { kind: 'jump', hosts: before } };
      const lease = await leaseJump(jump, signal);
      return {
        dial: async (until) => {
          const opened = lease.connection.forward(host.address, host.port);
          return writeLater(await unlessAborted(opened, until, (late) => void late.destroy()));
        },
        [Symbol.dispose]: () => lease[Symbol.dispose](),
      };
    }
  }
}
