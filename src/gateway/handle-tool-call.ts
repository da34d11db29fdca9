import type { CallTrail } from '../audit/call-trail.ts';
import type { Caller } from '../identity/caller.ts';
import { commandsIn, type Action } from '../policy/action.ts';
import { settle } from '../policy/settle.ts';
import type { HostAccess } from '../ssh/access.ts';
import { madeBefore, madeOnce } from '../tools/once.ts';
import type { ToolContext, ToolOutput } from '../tools/tool.ts';
import { withApprovalTaken } from './approval-words.ts';
import { askPerson } from './ask-person.ts';
import { endOf } from './end-of-call.ts';
import type { Gateway, ToolCall } from './gateway.ts';
import { knownHostsOf } from './host-traits.ts';
import { judgeOnHost } from './judge-on-host.ts';
import { resolveCall } from './resolve-call.ts';
import { useOf, withinBudgets } from './within-budgets.ts';
import { CallSecrets } from '../secrets/call-secrets.ts';
import { withVariables } from '../secrets/reference.ts';

/**
 * The only path from a request to a host.
 *
 * The order is the security model: nothing reaches a host before its intent is durable, and nothing reaches the agent
 * before it is redacted.
 */
export async function handleToolCall(incoming: ToolCall, gateway: Gateway): Promise<ToolOutput> {
  const call = withApprovalTaken(incoming);
  const trail = gateway.audit.begin(call);
  try {
    const caller = trail.identified(gateway.authenticate(call.credential));
    using _slot = gateway.limits.admit(caller);
    const { actions, run, timeouts, once } = await resolveCall(gateway, call, caller);
    using end = endOf(call, caller);
    using _listed = gateway.calls.add({
      id: call.id,
      tool: call.tool,
      caller,
      actions,
      since: new Date(),
      end: end.now,
    });

    const traits = await knownHostsOf(actions, gateway.inventory);
    await gateway.locks.check(caller, [...traits.values()]);
    const asked = trail.judged(gateway.policy.evaluate(caller, actions, traits));
    const judging = { caller, trail, gateway, timeouts, signal: end.signal };
    const evaluation = await judgeOnHost(asked, judging);
    const context = contextOf(call, { caller, gateway, signal: end.signal });
    const rehearsing = (hosts: HostAccess) => run({ ...context, hosts, actions: evaluation.actions });
    const answer = (output: ToolOutput): ToolOutput => redactedAnswer(output, trail, gateway);
    // What a person approved and has run is not asked about again: its answer is there.
    const before = once && evaluation.decision === 'ask' ? await madeBefore(once, context) : undefined;
    if (before) return answer(before);

    const consent = await askPerson(call, { ...judging, evaluation, run: rehearsing });
    using permit = settle(caller, evaluation, consent?.approved);
    const begin = async (complete: ToolContext): Promise<ToolOutput> => {
      await admitUse(caller, evaluation.actions, gateway);
      await gateway.approvals.use(consent?.approved, () => trail.recordIntent(consent?.approved));
      return await run(complete);
    };
    const reached = gateway.ssh.under(permit, end.signal, timeouts, context.changes);
    const hosts = withinBudgets(consent ? consent.hold(reached) : reached, caller, gateway.budgets);
    const complete = { ...context, hosts, actions: evaluation.actions };
    return answer(once ? await madeOnce(once, complete, begin) : await begin(complete));
  } catch (error) {
    trail.recordFailure(error);
    throw error;
  }
}

/** Counts what is about to be used. What one limit refuses counts for none. */
async function admitUse(caller: Caller, actions: readonly Action[], { limits, budgets }: Gateway): Promise<void> {
  const commands = commandsIn(actions);
  limits.checkCommands(caller, commands);
  await budgets.spend(caller, useOf(actions));
  limits.admitCommands(caller, commands);
}

/** The answer as the agent gets it, once its outcome is on record. */
function redactedAnswer(output: ToolOutput, trail: CallTrail, { redactor }: Gateway): ToolOutput {
  const { outcome, ...shown } = output;
  const { output: clean, redactions } = redactor.redactOutput(shown);
  trail.recordOutcome(withRedactions(outcome, redactions), output);
  return { outcome, ...clean };
}

/** How many secrets were taken out of an answer, with those that were taken out of what it is made of. */
function withRedactions(outcome: ToolOutput['outcome'], more: number): ToolOutput['outcome'] {
  const { redactions = 0, ...metadata } = outcome.metadata ?? {};
  const all = Number(redactions) + more;
  return all === 0 ? outcome : { ...outcome, metadata: { ...metadata, redactions: all } };
}

/** What the call's tool may use, but for the hosts and what was judged of them. */
function contextOf(
  call: ToolCall,
  { caller, gateway, signal }: { readonly caller: Caller; readonly gateway: Gateway; readonly signal: AbortSignal },
): Omit<ToolContext, 'hosts' | 'actions'> {
  const { inventory, outputs, facts, jobs, redactor: secrets, settings, log } = gateway;
  const changes = gateway.changes.of({ id: call.id, tool: call.tool, caller });
  const [report, explain] = [reportOf(call, gateway), explainFor(caller, gateway)];
  const ownSecrets = new CallSecrets(gateway.secretValues, caller);
  const said = { caller, signal, report, explain };
  return { ...said, inventory, outputs, facts, jobs, secrets, ownSecrets, changes, settings, log };
}

/** Judges a command as if it were to run. */
function explainFor(caller: Caller, { policy, inventory }: Gateway): ToolContext['explain'] {
  return async (host, command) => {
    const action = { kind: 'run_command', host, command: withVariables(command) } as const;
    return policy.explain(caller, action, await knownHostsOf([action], inventory));
  };
}

/** What is said on the way passes the redactor as the answer does. */
function reportOf({ report }: ToolCall, { redactor }: Gateway): ToolContext['report'] {
  return (progress) => report?.(() => redactor.redactText(progress()));
}
