import {
  CLIENT_CAPABILITIES_META_KEY,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  type CallToolResult,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { rpcCodes } from './json-rpc.ts';
import type { Connection, ServerPart } from './server.ts';

/** SEP-2663: what takes long is answered with a task, to clients that say they know of them. */
const extension = 'io.modelcontextprotocol/tasks';
const pollIntervalMs = 1_000;

interface TaskFacts {
  readonly taskId: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  /** How long it can be asked for; null where that is not limited. */
  readonly ttlMs: number | null;
}

/** How a task stands, and what came of it. */
export type Task = TaskFacts &
  (
    | { readonly status: 'working' | 'cancelled' }
    | { readonly status: 'completed'; readonly result: CallToolResult }
    | { readonly status: 'failed'; readonly error: { readonly code: number; readonly message: string } }
  );

/** One request about a task. */
export interface TaskRequest {
  readonly taskId: string;
  readonly server: Server;
  readonly context: ServerContext;
  readonly connection: Connection;
}

export interface TaskSource {
  /** Undefined where the caller has no such task. */
  find(request: TaskRequest): Promise<Task | undefined>;
  /** What has ended stays as it is. */
  cancel(request: TaskRequest): Promise<void>;
}

const declared = z.object({ extensions: z.object({ [extension]: z.looseObject({}) }) });

/** Whether the client says with this request that it knows of tasks. */
export function knowsTasks({ mcpReq }: ServerContext): boolean {
  const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {};
  return declared.safeParse(envelope[CLIENT_CAPABILITIES_META_KEY]).success;
}

/** What a call is answered with that became a task. */
export function taskCreated(task: TaskFacts): CallToolResult {
  return { resultType: 'task', ...factsOf(task), status: 'working', content: [] };
}

/** The tasks of callers, in the modern era; the legacy one knows others, which are not offered. */
export function tasksPart(source: TaskSource): ServerPart {
  const params = z.looseObject({ taskId: z.string() });
  return {
    capabilities: { extensions: { [extension]: {} } },
    install(server, connection) {
      if (connection.era === 'legacy') return;
      const known = async (taskId: string, context: ServerContext): Promise<Task> => {
        if (!knowsTasks(context)) {
          throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions: { [extension]: {} } } });
        }
        const task = await source.find({ taskId, server, context, connection });
        if (!task) throw new ProtocolError(rpcCodes.invalidParams, 'Unknown task');
        return task;
      };
      server.setRequestHandler('tasks/get', { params }, async ({ taskId }, context) => {
        const task = await known(taskId, context);
        return { resultType: 'complete', ...task, ...factsOf(task) };
      });
      // No task of ours asks for anything.
      server.setRequestHandler('tasks/update', { params }, async ({ taskId }, context) => {
        await known(taskId, context);
        return { resultType: 'complete' };
      });
      server.setRequestHandler('tasks/cancel', { params }, async ({ taskId }, context) => {
        await known(taskId, context);
        await source.cancel({ taskId, server, context, connection });
        return { resultType: 'complete' };
      });
    },
  };
}

function factsOf({ taskId, createdAt, lastUpdatedAt, ttlMs }: TaskFacts) {
  return { taskId, createdAt, lastUpdatedAt, ttlMs, pollIntervalMs };
}
