import type { RequestId } from '@modelcontextprotocol/server';

/** JSON-RPC 2.0, section 5.1, and the range that MCP leaves to implementations. */
export const rpcCodes = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  transport: -32000,
  sessionNotFound: -32001,
  /** As in the Language Server Protocol. */
  cancelled: -32800,
} as const;

export interface RpcProblem {
  readonly code: number;
  /** What is wrong and what to do; quotes nothing of the message but names. */
  readonly message: string;
}

export const notAMessage: RpcProblem = {
  code: rpcCodes.invalidRequest,
  message: 'Invalid request: not a JSON-RPC 2.0 message',
};

/** The protocol layer finds calls by id: a second one of the same id would make the first impossible to cancel. */
export const duplicateId: RpcProblem = {
  code: rpcCodes.invalidRequest,
  message: 'Invalid request: this id is already in use',
};

/** Our stable word for a message over the size limit, the same in every transport. */
export function tooLarge(maxBytes: number): RpcProblem {
  const message = `too_large: the request is over ${maxBytes} bytes. Send the data in several smaller calls.`;
  return { code: rpcCodes.invalidRequest, message };
}

/** An error response. `id` is null where the request's own could not be read. */
export function errorMessage(id: RequestId | null, problem: RpcProblem) {
  return { jsonrpc: '2.0', id, error: problem } as const;
}

export interface RpcRefusal {
  readonly status: number;
  readonly problem: RpcProblem;
  readonly id?: RequestId | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export function refusal({ status, problem, id, headers }: RpcRefusal): Response {
  return Response.json(errorMessage(id ?? null, problem), { status, ...(headers && { headers: { ...headers } }) });
}
