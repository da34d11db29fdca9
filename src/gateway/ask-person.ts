import { planHash } from '../approvals/plan-hash.ts';
import type { Host } from '../hosts/host.ts';
import type { Approved } from '../policy/approved.ts';
import { hostOf } from '../policy/action.ts';
import type { Evaluation } from '../policy/evaluate.ts';
import { argumentsThatCount } from './approval-words.ts';
import type { Gateway, ToolCall } from './gateway.ts';
import { knownHostsOf } from './host-traits.ts';
import { askedChange, boundChange } from './asked-change.ts';
import { questionOf } from './question-of.ts';
import { heldTo, rehearse, type Rehearsing } from './rehearse.ts';
import { rehearseTransfer } from './rehearse-transfer.ts';
import type { HostAccess } from '../ssh/access.ts';

/** A person's consent to a call, and what it holds the call to. */
export interface Consent {
  readonly approved: Approved;
  /** The hosts, for nothing but what was approved. */
  readonly hold: (hosts: HostAccess) => HostAccess;
}

/**
 * The consent that lets the call run, where policy asks for one; undefined where it does not.
 *
 * Waits for nobody: where there is no approval yet, a question is put where people find it, and the call ends as
 * `approval_required`. The same call, made again, is judged anew.
 */
export async function askPerson(call: ToolCall, asking: Rehearsing): Promise<Consent | undefined> {
  const { caller, evaluation, gateway } = asking;
  if (evaluation.decision !== 'ask') return undefined;
  const { policy, inventory, redactor, approvals } = gateway;
  const hosts = await hostsOf(evaluation, gateway);
  const rehearsal = await rehearse(asking);
  const change = rehearsal && boundChange(rehearsal);
  const copy = await rehearseTransfer(asking);
  const bound = { change, copies: copy?.asked.sha256 };
  const plan = { caller, tool: call.tool, arguments: argumentsThatCount(call.arguments), evaluation, hosts, ...bound };
  const approved = await approvals.settle({
    caller,
    evaluation,
    planHash: planHash(plan),
    question: async () => {
      const traits = await knownHostsOf(evaluation.actions, inventory);
      const shown = rehearsal && (await askedChange(rehearsal, (text) => redactor.redactText(text)));
      const question = questionOf(plan, hosts, (action) => policy.explain(caller, action, traits));
      return redactor.redactOutput({ ...question, change: shown, copy: copy?.asked }).output;
    },
    clientMayConfirm: policy.clientMayConfirm(caller) ?? call.credential.kind === 'local_user',
    named: call.approval?.id,
    answer: call.approval?.answer,
  });
  return { approved, hold: (all) => (rehearsal ? heldTo(rehearsal, all) : (copy?.hold(all) ?? all)) };
}

async function hostsOf({ actions }: Evaluation, { inventory }: Pick<Gateway, 'inventory'>): Promise<readonly Host[]> {
  const ids = [...new Set(actions.flatMap((action) => hostOf(action) ?? []))];
  const found = await Promise.all(ids.map((id) => inventory.find(id)));
  return found.filter((host) => host !== undefined);
}
