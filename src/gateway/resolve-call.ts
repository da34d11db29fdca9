import { GatewayError } from '../base/errors.ts';
import { mayReach, mayReachAll, type Caller } from '../identity/caller.ts';
import type { PreparedCall } from '../tools/tool.ts';
import type { Gateway, ToolCall } from './gateway.ts';

/** The tool exists, the caller holds its scope, the input parses, and it is known which host it means. */
export async function resolveCall(
  { tools, locateHost }: Pick<Gateway, 'tools' | 'locateHost'>,
  call: ToolCall,
  caller: Caller,
): Promise<PreparedCall> {
  const tool = tools.find(({ name }) => name === call.tool);
  if (!tool) throw new GatewayError('unknown_tool', `Unknown tool: ${call.tool}`);
  if (tool.scope !== undefined && !caller.scopes.has(tool.scope)) {
    const message = `Permission denied: '${tool.scope}' required. Ask the operator for a token that has it.`;
    throw new GatewayError('insufficient_scope', message, { details: { scope: tool.scope } });
  }
  const prepared = tool.prepare(call.arguments);
  if ('actions' in prepared) return prepared;
  if ('on' in prepared) {
    const reach = { mayReach: (name: string) => mayReach(caller, name), isUnlimited: mayReachAll(caller) };
    return prepared.on(await locateHost(prepared.hostArguments, reach));
  }
  throw new GatewayError(prepared.code, `${prepared.problems.join('; ')} (${tool.name})`);
}
