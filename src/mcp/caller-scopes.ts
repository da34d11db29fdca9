import { ProtocolError } from '@modelcontextprotocol/server';
import { GatewayError } from '../base/errors.ts';
import type { Credential } from '../identity/authenticate.ts';
import type { Scope } from '../identity/caller.ts';
import type { McpServices } from './call-tool.ts';
import { rpcCodes } from './json-rpc.ts';

/** What a credential may be shown; undefined where nobody knows it, so that a call can say what is wrong. */
export function scopesOf(credential: Credential, { gateway, log }: McpServices): ReadonlySet<Scope> | undefined {
  try {
    return gateway.authenticate(credential).scopes;
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    log.error({ err: error }, 'a caller could not be authenticated');
    throw new ProtocolError(rpcCodes.internal, 'Internal error');
  }
}
