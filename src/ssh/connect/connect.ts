import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '../../base/errors.ts';
import type { Host } from '../../hosts/host.ts';
import type { LoginPlan } from './credentials.ts';
import { deadline } from '../deadline.ts';
import type { Handshakes } from './handshakes.ts';
import { HandshakeLost, logIn } from './login.ts';
import type { Transport } from './transport.ts';
import type { Way } from './way.ts';

const maxTries = 6;
const minPauseMs = 200;
const maxPauseMs = 5000;

export interface ConnectOptions {
  readonly plan: LoginPlan;
  readonly way: Way;
  readonly handshakes: Handshakes;
  /** From the first TCP packet to a finished login, pauses included; waiting for a place does not count. */
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
}

/**
 * Connects and logs in. What was dropped before the keys were exchanged is tried again after a random pause, for sshd
 * drops logins at random when many come at once; a refused login or host key never is.
 */
export async function connectTo(host: Host, options: ConnectOptions, signal: AbortSignal): Promise<Transport> {
  const { plan, way, handshakes, connectTimeoutMs, answerTimeoutMs } = options;
  const address = `${host.address}:${host.port}`;
  let place = await handshakes.enter(address, signal);
  using limit = deadline(signal, connectTimeoutMs, () => noAnswer(host, connectTimeoutMs));
  for (let tries = 1; ; tries += 1) {
    try {
      using _place = place;
      const stream = await way.dial(limit.signal);
      return await logIn(host, { plan, stream, answerTimeoutMs, signal: limit.signal });
    } catch (error) {
      if (!(error instanceof HandshakeLost) || tries === maxTries) throw error;
      await sleep(pauseMs(tries), undefined, { signal: limit.signal }).catch(() => {
        throw signal.aborted ? signal.reason : error;
      });
    }
    place = await handshakes.enter(address, limit.signal);
  }
}

function pauseMs(tries: number): number {
  const most = Math.min(minPauseMs * 2 ** tries, maxPauseMs);
  return minPauseMs + Math.random() * (most - minPauseMs);
}

function noAnswer(host: Host, timeoutMs: number): GatewayError {
  const message = `${host.id} did not answer within ${timeoutMs / 1000} s. Check that it is up and reachable, then try again.`;
  return new GatewayError('host_unreachable', message);
}
