import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';

/** Answers of ours that a host may leave lying; each is some fifty bytes. */
const maxUntaken = 10_000;

type Handler = (protocol: unknown, ...fields: readonly unknown[]) => void;

/** What we use of ssh2 that it does not offer; a test fails when a new version has it no longer. */
interface Guarded {
  readonly _chanMgr: { get(channel: number): unknown };
  readonly _protocol: { readonly _handlers: Record<string, Handler | undefined> };
}

/**
 * Drops a host that would fill our memory: one that sends more than the window of a channel allows (RFC 4254, section
 * 5.2; ssh2 takes it all), or that asks and asks without taking our answers. Its offers of further host keys are not
 * answered, for nobody here learns keys from a host.
 */
export function guardAgainstHost(client: Client, stream: Duplex, drop: (why: string) => void): void {
  if (!isGuarded(client)) throw new Error('this version of ssh2 cannot be guarded');
  const { _chanMgr: channels, _protocol: protocol } = client;
  const wrap = (name: string, isAllowed: (fields: readonly unknown[]) => boolean): void => {
    const inner = protocol._handlers[name];
    protocol._handlers[name] = (from, ...fields) => {
      if (isAllowed(fields)) inner?.(from, ...fields);
    };
  };
  const fitsWindow = ([channel, data]: readonly unknown[]): boolean => {
    const open = typeof channel === 'number' ? channels.get(channel) : undefined;
    const fits = !hasWindow(open) || !Buffer.isBuffer(data) || data.length <= open.incoming.window;
    if (!fits) drop('the host sent more than the window of a channel');
    return fits;
  };
  let untaken = 0;
  const takesAnswers = (): boolean => {
    untaken = stream.writableLength === 0 ? 0 : untaken + 1;
    if (untaken > maxUntaken) drop('the host takes no answers');
    return untaken <= maxUntaken;
  };
  wrap('CHANNEL_DATA', fitsWindow);
  wrap('CHANNEL_EXTENDED_DATA', fitsWindow);
  wrap('CHANNEL_REQUEST', ([, , wantsAnswer]) => wantsAnswer !== true || takesAnswers());
  wrap('CHANNEL_OPEN', takesAnswers);
  wrap('GLOBAL_REQUEST', ([name, wantsAnswer]) => {
    if (name === 'hostkeys-00@openssh.com') return false;
    return wantsAnswer !== true || takesAnswers();
  });
}

function isGuarded(client: object): client is Guarded {
  if (!('_chanMgr' in client) || !('_protocol' in client)) return false;
  const { _protocol: protocol } = client;
  return typeof protocol === 'object' && protocol !== null && '_handlers' in protocol;
}

function hasWindow(channel: unknown): channel is { readonly incoming: { readonly window: number } } {
  return typeof channel === 'object' && channel !== null && 'incoming' in channel;
}
