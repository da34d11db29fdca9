import { GatewayError } from '../base/errors.ts';
import { selectHosts } from '../hosts/selector.ts';
import { mayCallTools, mayReach, mayReachAll, type Caller } from '../identity/caller.ts';
import type { Once } from '../tools/once.ts';
import type { BadInput, PreparedCall, Tool } from '../tools/tool.ts';
import type { Gateway, ToolCall } from './gateway.ts';
import { takenKey } from './taken-key.ts';

export interface ResolvedCall extends PreparedCall {
  /** Where its caller wants it made once, however often it is asked for. */
  readonly once: Once | undefined;
}

/** The tool exists, the caller holds its scope, the input parses, and it is known which hosts or which change it means. */
export async function resolveCall(
  {
    tools,
    inventory,
    locateHost,
    jobs,
    changes,
  }: Pick<Gateway, 'tools' | 'inventory' | 'locateHost' | 'jobs' | 'changes'>,
  call: ToolCall,
  caller: Caller,
): Promise<ResolvedCall> {
  const tool = tools.find(({ name }) => name === call.tool);
  if (!tool) throw new GatewayError('unknown_tool', `Unknown tool: ${call.tool}`);
  if (tool.scope !== undefined && !caller.scopes.has(tool.scope)) {
    const message = `Permission denied: '${tool.scope}' required. Ask the operator for a token that has it.`;
    throw new GatewayError('insufficient_scope', message, { details: { scope: tool.scope } });
  }
  if (!mayCallTools(caller)) {
    const message =
      'This credential is for signing in on the web pages alone. Ask the operator for a token with permissions.';
    throw new GatewayError('insufficient_scope', message);
  }
  const { given, once } = takenKey(tool, call);
  const prepared = tool.prepare(given);
  if ('problems' in prepared) {
    throw new GatewayError(prepared.code, `${prepared.problems.join('; ')} (${tool.name})`);
  }
  return { ...(await located(prepared, { inventory, locateHost, jobs, changes }, caller)), once };
}

async function located(
  prepared: Exclude<ReturnType<Tool['prepare']>, BadInput>,
  { inventory, locateHost, jobs, changes }: Pick<Gateway, 'inventory' | 'locateHost' | 'jobs' | 'changes'>,
  caller: Caller,
): Promise<PreparedCall> {
  if ('actions' in prepared) return prepared;
  const reachable = (name: string): boolean => mayReach(caller, name);
  if ('select' in prepared) return prepared.select(await selectHosts(prepared.selectors, inventory, reachable));
  if ('onJob' in prepared) return prepared.onJob(await jobs.find(caller.principal, prepared.jobId));
  if ('changeId' in prepared) return prepared.undoing(await changes.find(caller, prepared.changeId));
  const reach = { mayReach: reachable, isUnlimited: mayReachAll(caller) };
  return prepared.on(await locateHost(prepared.hostArguments, reach));
}
