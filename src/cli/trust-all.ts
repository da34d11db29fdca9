import { GatewayError } from '../base/errors.ts';
import type { Host } from '../hosts/host.ts';
import { Turns } from '../hosts/turns.ts';
import { askToConfirm } from './ask.ts';
import { showHostKey, storeHostKey, type Operator, type ShownKey } from './host-key-consent.ts';

export interface TrustResult {
  readonly server: string;
  /** What became of it, or the code of what went wrong. */
  readonly result: string;
  readonly fingerprint?: string;
}

const scansAtOnce = 16;

type Scan =
  | { readonly kind: 'shown'; readonly shown: ShownKey }
  | { readonly kind: 'failed'; readonly result: TrustResult; readonly message: string };

/** Fetches the keys of all these hosts, shows them together, asks once and stores them. One that is down is no obstacle. */
export async function trustAll(
  hosts: readonly Host[],
  { isGiven }: { readonly isGiven: boolean },
  operator: Operator,
): Promise<readonly TrustResult[]> {
  const { screen } = operator;
  const turns = new Turns(scansAtOnce);
  const scans = await Promise.all(hosts.map((host) => turns.take(() => scan(host, operator))));
  for (const one of scans) screen.say(one.kind === 'shown' ? one.shown.description : `✗ ${one.message}`);
  const keys = scans.flatMap((one) => (one.kind === 'shown' ? [one.shown] : []));
  const failed = scans.flatMap((one) => (one.kind === 'failed' ? [one.result] : []));
  const isTrusted =
    keys.length > 0 &&
    (await askToConfirm(screen, {
      flag: '--yes',
      message: `Compare them with those the machines themselves give. Trust ${keys.length === 1 ? 'it' : `all ${keys.length}`}?`,
      given: isGiven,
      otherwise: 'refuse',
    }));
  const stored: TrustResult[] = [];
  for (const key of keys) stored.push(isTrusted ? await store(key, operator) : declined(key));
  return [...stored, ...failed];
}

async function scan(host: Host, { config }: Operator): Promise<Scan> {
  try {
    return { kind: 'shown', shown: await showHostKey(host, {}, config) };
  } catch (error) {
    return { kind: 'failed', ...failure(host.id, error) };
  }
}

async function store(key: ShownKey, operator: Operator): Promise<TrustResult> {
  const { host, fingerprint } = key;
  try {
    if (key.standing === 'known') return { server: host.id, result: 'known', fingerprint };
    await storeHostKey(key, {}, operator);
    operator.screen.say(`✓ ${host.id}: ${fingerprint} trusted`);
    return { server: host.id, result: 'trusted', fingerprint };
  } catch (error) {
    const { result, message } = failure(host.id, error);
    operator.screen.say(`✗ ${message}`);
    return result;
  }
}

function declined({ host, fingerprint }: ShownKey): TrustResult {
  return { server: host.id, result: 'declined', fingerprint };
}

/** Without a record nothing may be trusted at all: that is not a failure of one host. */
function failure(server: string, error: unknown): { readonly result: TrustResult; readonly message: string } {
  if (!(error instanceof GatewayError) || error.code === 'audit_unavailable') throw error;
  return { result: { server, result: error.code }, message: `${server}: ${error.message}` };
}
