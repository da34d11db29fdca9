import { ProtocolError } from '@modelcontextprotocol/server';
import { GatewayError } from '../base/errors.ts';
import type { Credential } from '../identity/authenticate.ts';
import type { Caller } from '../identity/caller.ts';
import type { McpServices } from './call-tool.ts';
import { rpcCodes } from './json-rpc.ts';

/** Whose credential it is; undefined where nobody knows it, so that a call can say what is wrong. */
export function knownCaller(credential: Credential, { gateway, log }: McpServices): Caller | undefined {
  try {
    return gateway.authenticate(credential);
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    log.error({ err: error }, 'a caller could not be authenticated');
    throw new ProtocolError(rpcCodes.internal, 'Internal error');
  }
}
