import { randomUUID } from 'node:crypto';
import {
  CLIENT_INFO_META_KEY,
  ProtocolError,
  specTypeSchemas,
  type CallToolRequest,
  type CallToolResult,
  type InputRequiredResult,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Approvals } from '../approvals/approvals.ts';
import { inCall } from '../base/call-context.ts';
import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { traceparentOf } from '../base/traceparent.ts';
import type { Policy } from '../policy/policy.ts';
import type { ToolCall } from '../gateway/gateway.ts';
import type { Authenticate, Credential } from '../identity/authenticate.ts';
import type { Caller } from '../identity/caller.ts';
import type { Tool, ToolOutput } from '../tools/tool.ts';
import { rpcCodes } from './json-rpc.ts';
import { LinkedSignal } from './linked-signal.ts';
import { reportProgress } from './progress.ts';
import type { RunningCalls } from './running-calls.ts';
import { personAtClient } from './person-at-client.ts';
import { throughPerson } from './through-person.ts';
import { failureOf, resultOf } from './tool-result.ts';
import { whyEnded } from './why-ended.ts';

/** What every transport needs of the gateway. */
export interface McpGateway {
  /** Frozen: what is listed is decided at start. */
  readonly tools: readonly Tool[];
  readonly authenticate: Authenticate;
  readonly handle: (call: ToolCall) => Promise<ToolOutput>;
  /** Counts one HTTP request. Throws `rate_limited`. */
  readonly admitRequest: (caller: Caller) => void;
  readonly approvals: Pick<Approvals, 'states' | 'atClients' | 'untilDecided'>;
  readonly policy: Pick<Policy, 'ruledOut'>;
}

export interface McpServices {
  readonly gateway: McpGateway;
  readonly calls: RunningCalls;
  readonly version: string;
  readonly log: Log;
  /** How often a running call says so to a client that asked for progress. */
  readonly progressMs?: number;
}

/** Longest name of a tool, or name or version of a client, that is passed on: a client says what it likes. */
const maxClientText = 100;

/** One `tools/call` as it arrived. */
export interface IncomingCall {
  readonly params: CallToolRequest['params'];
  readonly credential: Credential;
  readonly context: ServerContext;
  readonly server: Server;
}

/** Through the gateway, and its outcome as MCP: nothing that is thrown reaches the protocol layer, which would quote it. */
export async function callTool(services: McpServices, incoming: IncomingCall): Promise<CallToolResult> {
  return await answered(services, incoming, (call) => services.gateway.handle(call));
}

/** As `callTool`; what a person must approve is put to the one at the client, where he may decide and can be asked. */
export async function callToolAsking(
  services: McpServices,
  incoming: IncomingCall,
  era: 'legacy' | 'modern',
): Promise<CallToolResult | InputRequiredResult> {
  const person = personAtClient(era, incoming);
  let question: InputRequiredResult | undefined;
  const result = await answered(services, incoming, async (call) => {
    const asked = await throughPerson(call, person, services.gateway);
    if (asked.kind === 'output') return asked.output;
    question = asked.question;
    throw asked.required;
  });
  return question ?? result;
}

async function answered(
  services: McpServices,
  incoming: IncomingCall,
  handle: (call: ToolCall) => Promise<ToolOutput>,
): Promise<CallToolResult> {
  const { params, credential, context, server } = incoming;
  const { gateway, calls, log } = services;
  // No tool of ours has a longer name. Every refusal is recorded with it.
  const name = params.name.slice(0, maxClientText);
  using linked = new LinkedSignal([context.mcpReq.signal, calls.ending], whyEnded);
  using progress = reportProgress(name, context, services);
  const traceparent = traceparentOf(context.mcpReq._meta?.['traceparent']);
  const call: ToolCall = {
    id: randomUUID(),
    tool: name,
    arguments: params.arguments ?? {},
    credential,
    signal: linked.signal,
    client: clientOf(server, context),
    report: (text) => progress.tell(text),
    ...(traceparent !== undefined && { traceparent }),
  };
  return await inCall({ callId: call.id, traceparent }, async () => {
    try {
      return resultOf(await calls.track(handle(call)));
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      if (error instanceof GatewayError && error.code === 'unknown_tool') {
        throw new ProtocolError(rpcCodes.invalidParams, `Unknown tool: ${name}`);
      }
      const tool = gateway.tools.find((one) => one.name === name);
      return failureOf(error, { tool, name, callId: call.id, arguments: call.arguments }, log);
    }
  });
}

/** Said by the client about itself: with each request in the modern era, at `initialize` in the legacy one. */
function clientOf(server: Server, context: ServerContext): ToolCall['client'] {
  const envelope: Readonly<Record<string, unknown>> = context.mcpReq.envelope ?? {};
  const said = specTypeSchemas.Implementation['~standard'].validate(
    envelope[CLIENT_INFO_META_KEY] ?? server.getClientVersion(),
  );
  if (said.issues) return undefined;
  return { name: said.value.name.slice(0, maxClientText), version: said.value.version.slice(0, maxClientText) };
}
