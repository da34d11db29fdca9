import type { ClientChannel } from 'ssh2';

interface SignalSender {
  readonly outgoing: { readonly id: number; readonly state: string };
  readonly _client: { readonly _protocol: { signal(channel: number, name: string): void } };
}

/**
 * Sends a signal request (RFC 4254, section 6.9), which OpenSSH delivers to the channel's process group, for ordinary
 * accounts only. ssh2's own `signal` sends none once standard input has been closed, so its protocol layer is asked;
 * a test fails when a new version of ssh2 has it no longer.
 */
export function sendSignal(channel: ClientChannel, name: 'TERM' | 'KILL'): void {
  if (!isSignalSender(channel)) return;
  const { outgoing, _client: client } = channel;
  if (outgoing.state === 'open' || outgoing.state === 'eof') client._protocol.signal(outgoing.id, name);
}

function isSignalSender(channel: object): channel is SignalSender {
  return 'outgoing' in channel && '_client' in channel;
}
