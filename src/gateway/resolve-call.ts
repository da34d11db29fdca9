import { GatewayError } from '../base/errors.ts';
import type { Caller } from '../identity/caller.ts';
import type { PreparedCall, Tool } from '../tools/tool.ts';
import type { ToolCall } from './gateway.ts';

/** The tool exists, the caller holds its scope, and the input parses. */
export function resolveCall(tools: readonly Tool[], call: ToolCall, caller: Caller): PreparedCall {
  const tool = tools.find(({ name }) => name === call.tool);
  if (!tool) throw new GatewayError('unknown_tool', `Unknown tool: ${call.tool}`);
  if (tool.scope !== undefined && !caller.scopes.has(tool.scope)) {
    const message = `Permission denied: '${tool.scope}' required. Ask the operator for a token that has it.`;
    throw new GatewayError('insufficient_scope', message, { details: { scope: tool.scope } });
  }
  const prepared = tool.prepare(call.arguments);
  if (!('problems' in prepared)) return prepared;
  throw new GatewayError(prepared.code, `${tool.name}: ${prepared.problems.join('; ')}`);
}
