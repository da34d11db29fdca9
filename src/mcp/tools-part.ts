import { ProtocolError, type ListToolsResult } from '@modelcontextprotocol/server';
import { GatewayError } from '../base/errors.ts';
import type { Credential } from '../identity/authenticate.ts';
import type { Scope } from '../identity/caller.ts';
import { callTool, type McpServices } from './call-tool.ts';
import { rpcCodes } from './json-rpc.ts';
import type { ServerPart } from './server.ts';
import { ToolLists } from './tool-list.ts';

/** How long a client may keep the answer to `tools/list`; private, since it depends on the caller. */
const listHint = { ttlMs: 60_000, cacheScope: 'private' } as const;

/** The tools of the gateway. What is listed never changes while it runs, so no change is ever announced. */
export function toolsPart(services: McpServices): ServerPart {
  const { gateway, log } = services;
  const lists = new ToolLists(gateway.tools);

  function scopesOf(credential: Credential): ReadonlySet<Scope> | undefined {
    try {
      return gateway.authenticate(credential).scopes;
    } catch (error) {
      if (error instanceof GatewayError) return undefined;
      log.error({ err: error }, 'a caller could not be authenticated');
      throw new ProtocolError(rpcCodes.internal, 'Internal error');
    }
  }

  return {
    capabilities: { tools: {} },
    cacheHints: { 'tools/list': listHint },
    install(server, { credentialOf }) {
      server.setRequestHandler('tools/list', (_request, context): ListToolsResult =>
        lists.visibleTo(scopesOf(credentialOf(context))),
      );
      server.setRequestHandler('tools/call', ({ params }, context) =>
        callTool(services, { params, credential: credentialOf(context), context, server }),
      );
    },
  };
}
