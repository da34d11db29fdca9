import { z } from 'zod';
import type { Secret } from '../base/secret.ts';
import type { JsonObject } from '../tools/tool.ts';

const timeoutMs = 15_000;

const answer = z.object({
  result: z
    .object({ structuredContent: z.record(z.string(), z.unknown()), isError: z.boolean().optional() })
    .optional(),
  error: z.object({ message: z.string() }).optional(),
});

/** One tool call as any client would make it: over HTTP, with a token, without a session. */
export async function callOverHttp(
  url: string,
  token: Secret,
  call: { readonly tool: string; readonly input: JsonObject },
): Promise<JsonObject> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token.reveal()}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: call.tool, arguments: call.input },
    }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) throw new Error(`the gateway answered its own call with HTTP ${response.status}`);
  const { result, error } = answer.parse(await response.json());
  if (result === undefined) throw new Error(`the gateway refused its own call: ${error?.message ?? 'no result'}`);
  return result.structuredContent;
}
