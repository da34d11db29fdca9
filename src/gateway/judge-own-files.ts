import { GatewayError } from '../base/errors.ts';
import type { HostId } from '../hosts/host.ts';
import { hostOf, type Action } from '../policy/action.ts';
import type { Evaluation } from '../policy/evaluate.ts';
import { settle } from '../policy/settle.ts';
import { knownHostsOf } from './host-traits.ts';
import type { JudgingContext } from './judge-on-host.ts';

/**
 * Judges again what would be about the gateway's own files if its host were the machine that the gateway runs on. Only then
 * is the host asked which machine it is; one that does not answer is taken to be this one.
 */
export async function judgeOwnFiles(judged: Evaluation, context: JudgingContext): Promise<Evaluation> {
  const { caller, trail, gateway } = context;
  if (judged.decision === 'deny') return judged;
  const about = await gateway.ownFiles.among(judged.actions);
  if (about.size === 0) return judged;
  const hosts = new Set([...about].flatMap((action) => hostOf(action) ?? []));
  await askWhichTheyAre([...hosts], context);
  const isMeant = (action: Action): boolean => {
    const host = hostOf(action);
    return about.has(action) && host !== undefined && gateway.ownFiles.isHere(host) !== false;
  };
  if (!judged.actions.some(isMeant)) return judged;
  const actions = judged.actions.map((action) =>
    isMeant(action) ? ({ ...action, ofGateway: true } as const) : action,
  );
  const traits = await knownHostsOf(actions, gateway.inventory);
  return trail.judged(gateway.policy.evaluate(caller, actions, traits));
}

async function askWhichTheyAre(
  hosts: readonly HostId[],
  { caller, trail, gateway, timeouts, signal }: JudgingContext,
): Promise<void> {
  const unknown = hosts.filter((host) => gateway.ownFiles.isHere(host) === undefined);
  if (unknown.length === 0) return;
  const questions = unknown.map((host): Action => ({ kind: 'identify_host', host }));
  const traits = await knownHostsOf(questions, gateway.inventory);
  const probe = gateway.policy.evaluate(caller, questions, traits);
  using permit = settle(caller, probe);
  await trail.recordProbe(probe);
  const reached = gateway.ssh.under(permit, signal, timeouts);
  const ask = async (host: HostId): Promise<void> => {
    try {
      gateway.ownFiles.learn(host, await reached.identify(host));
    } catch (error) {
      if (!(error instanceof GatewayError) || unknown.length === 1) throw error;
      gateway.log.warn({ err: error, server: host }, 'which machine this server is could not be told');
    }
  };
  await Promise.all(unknown.map(ask));
}
