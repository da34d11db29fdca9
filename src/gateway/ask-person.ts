import { planHash } from '../approvals/plan-hash.ts';
import type { Host } from '../hosts/host.ts';
import type { Caller } from '../identity/caller.ts';
import type { Approved } from '../policy/approved.ts';
import { hostOf } from '../policy/action.ts';
import type { Evaluation } from '../policy/evaluate.ts';
import { argumentsThatCount } from './approval-words.ts';
import type { Gateway, ToolCall } from './gateway.ts';
import { knownHostsOf } from './host-traits.ts';
import { questionOf } from './question-of.ts';

/**
 * The approval that lets the call run, where policy asks for one; undefined where it does not.
 *
 * Waits for nobody: where there is no approval yet, a question is put where people find it, and the call ends as
 * `approval_required`. The same call, made again, is judged anew.
 */
export async function askPerson(
  call: ToolCall,
  {
    caller,
    evaluation,
    gateway,
  }: { readonly caller: Caller; readonly evaluation: Evaluation; readonly gateway: Gateway },
): Promise<Approved | undefined> {
  if (evaluation.decision !== 'ask') return undefined;
  const { policy, inventory, redactor, approvals } = gateway;
  const hosts = await hostsOf(evaluation, gateway);
  const plan = { caller, tool: call.tool, arguments: argumentsThatCount(call.arguments), evaluation, hosts };
  return await approvals.settle({
    caller,
    evaluation,
    planHash: planHash(plan),
    question: async () => {
      const traits = await knownHostsOf(evaluation.actions, inventory);
      const question = questionOf(plan, hosts, (action) => policy.explain(caller, action, traits));
      return redactor.redactOutput(question).output;
    },
    clientMayConfirm: policy.clientMayConfirm(caller) ?? call.credential.kind === 'local_user',
    named: call.approval?.id,
    answer: call.approval?.answer,
  });
}

async function hostsOf({ actions }: Evaluation, { inventory }: Pick<Gateway, 'inventory'>): Promise<readonly Host[]> {
  const ids = [...new Set(actions.flatMap((action) => hostOf(action) ?? []))];
  const found = await Promise.all(ids.map((id) => inventory.find(id)));
  return found.filter((host) => host !== undefined);
}
