import type { Log } from '../base/log.ts';
import type { RunningGateway } from '../compose.ts';
import { version } from '../compose-stores.ts';
import { handleToolCall } from '../gateway/handle-tool-call.ts';
import type { McpServices } from '../mcp/call-tool.ts';
import { RunningCalls } from '../mcp/running-calls.ts';

/** The running gateway as the transports of MCP see it. */
export function mcpServices(running: RunningGateway, log: Log): McpServices {
  const { gateway } = running;
  return {
    gateway: {
      tools: gateway.tools,
      authenticate: gateway.authenticate,
      handle: (call) => handleToolCall(call, gateway),
      approvals: gateway.approvals,
      policy: gateway.policy,
      admitRequest: (caller) => running.admitRequest(caller),
    },
    calls: new RunningCalls(),
    version,
    log,
  };
}
