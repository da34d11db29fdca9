import { isInputRequiredResult, type ListToolsResult } from '@modelcontextprotocol/server';
import { callToolAsking, type McpServices } from './call-tool.ts';
import { jobTools, taskFrom } from './job-tasks.ts';
import { knownCaller } from './known-caller.ts';
import type { ServerPart } from './server.ts';
import { knowsTasks } from './tasks-part.ts';
import { ToolLists } from './tool-list.ts';

/** How long a client may keep the answer to `tools/list`; private, since it depends on the caller. */
const listHint = { ttlMs: 60_000, cacheScope: 'private' } as const;

/** The tools of the gateway. What is listed changes with a token or the policy alone; clients ask again after the hint. */
export function toolsPart(services: McpServices): ServerPart {
  const lists = new ToolLists(services.gateway.tools);
  return {
    capabilities: { tools: {} },
    cacheHints: { 'tools/list': listHint },
    install(server, { era, credentialOf }) {
      server.setRequestHandler('tools/list', (_request, context): ListToolsResult => {
        const caller = knownCaller(credentialOf(context), services);
        return lists.visibleTo(caller, caller && services.gateway.policy.ruledOut(caller));
      });
      server.setRequestHandler('tools/call', async ({ params }, context) => {
        const incoming = { params, credential: credentialOf(context), context, server };
        const result = await callToolAsking(services, incoming, era);
        if (isInputRequiredResult(result)) return result;
        const mayBeTask = era === 'modern' && params.name !== jobTools.read && knowsTasks(context);
        return (mayBeTask ? taskFrom(result) : undefined) ?? result;
      });
    },
  };
}
