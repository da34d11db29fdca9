import { parseJSONRPCMessage, type JSONRPCMessage } from '@modelcontextprotocol/server';
import { rpcCodes, type RpcProblem } from './json-rpc.ts';

/** Deepest nesting of arrays and objects accepted; recursive code further in would overflow its stack on more. */
const maxDepth = 64;

export type ReadMessage =
  | { readonly kind: 'message'; readonly message: object }
  | { readonly kind: 'problem'; readonly problem: RpcProblem };

/** Parses the text of one JSON-RPC message, as far as every transport and era agree on what that is. */
export function readMessage(text: string): ReadMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return problem(rpcCodes.parseError, 'Parse error: not valid JSON');
  }
  if (Array.isArray(value)) {
    return problem(rpcCodes.invalidParams, 'Batches are not supported: send one message per request');
  }
  if (typeof value !== 'object' || value === null) {
    return problem(rpcCodes.invalidRequest, 'Invalid request: a message is a JSON object');
  }
  if (isDeeperThan(value, maxDepth)) {
    return problem(rpcCodes.invalidRequest, `Invalid request: nested deeper than ${maxDepth} levels`);
  }
  return { kind: 'message', message: value };
}

/** The message, if it is one of JSON-RPC 2.0. */
export function asJsonRpc(message: object): JSONRPCMessage | undefined {
  try {
    return parseJSONRPCMessage(message);
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function problem(code: number, message: string): ReadMessage {
  return { kind: 'problem', problem: { code, message } };
}

function isDeeperThan(root: object, levels: number): boolean {
  const open: { readonly node: object; readonly depth: number }[] = [{ node: root, depth: 1 }];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.depth > levels) return true;
    const children: readonly unknown[] = Object.values(next.node);
    for (const child of children) {
      if (typeof child === 'object' && child !== null) open.push({ node: child, depth: next.depth + 1 });
    }
  }
  return false;
}
