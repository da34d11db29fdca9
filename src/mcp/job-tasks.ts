import { ProtocolError, type CallToolResult } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { callTool, type McpServices } from './call-tool.ts';
import { rpcCodes } from './json-rpc.ts';
import { taskCreated, type Task, type TaskRequest, type TaskSource } from './tasks-part.ts';

/** Jobs are read and ended with these tools, and are tasks where they are offered. */
export const jobTools = { read: 'get_job', cancel: 'cancel_job' } as const;

/** Bytes of output in a task's result; the rest is had from `get_job`. */
const resultBytes = 65_536;

const jobSchema = z.object({
  job_id: z.string(),
  status: z.string(),
  created_at: z.string(),
  ended_at: z.string().nullable(),
  code: z.string().optional(),
  error: z.string().optional(),
});

/**
 * The caller's jobs as tasks. Each request is a call of `get_job` or `cancel_job` through the gateway, authenticated,
 * judged and recorded like any other.
 */
export function jobTasks(services: McpServices): TaskSource {
  const call = ({ server, context, connection }: TaskRequest, name: string, input: Readonly<Record<string, unknown>>) =>
    callTool(services, {
      params: { name, arguments: input },
      credential: connection.credentialOf(context),
      context,
      server,
    });
  return {
    async find(request) {
      const asked = { job_id: request.taskId, wait: 0, length: resultBytes };
      const result = await call(request, jobTools.read, asked);
      const job = jobSchema.safeParse(result.structuredContent).data;
      if (job !== undefined) return taskOf(job, result);
      const code = z.object({ code: z.string(), error: z.string() }).safeParse(result.structuredContent).data;
      if (code?.code === 'job_not_found') return undefined;
      throw new ProtocolError(rpcCodes.transport, code?.error ?? 'The task cannot be read', result.structuredContent);
    },
    async cancel(request) {
      await call(request, jobTools.cancel, { job_id: request.taskId });
    },
  };
}

/** The task that a call became, in place of its result; undefined where it became none. */
export function taskFrom({ structuredContent, isError }: CallToolResult): CallToolResult | undefined {
  const job = jobSchema.safeParse(structuredContent).data;
  if (job === undefined || isError === true || job.status !== 'running') return undefined;
  return taskCreated(factsOf(job));
}

function factsOf({ job_id: taskId, created_at: createdAt, ended_at: endedAt }: z.output<typeof jobSchema>) {
  return { taskId, createdAt, lastUpdatedAt: endedAt ?? new Date().toISOString(), ttlMs: null };
}

function taskOf(job: z.output<typeof jobSchema>, result: CallToolResult): Task {
  const facts = factsOf(job);
  switch (job.status) {
    case 'running':
      return { ...facts, status: 'working' };
    case 'cancelled':
      return { ...facts, status: 'cancelled' };
    case 'disconnected':
      return {
        ...facts,
        status: 'failed',
        error: { code: rpcCodes.internal, message: job.error ?? 'The job is lost' },
      };
    default:
      return { ...facts, status: 'completed', result };
  }
}
