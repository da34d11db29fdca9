import { randomUUID } from 'node:crypto';
import {
  MissingRequiredClientCapabilityError,
  type CallToolResult,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { knowsTasks, taskCreated, type Task, type TaskSource } from '../../src/mcp/tasks-part.ts';
import { said, type FixtureTool } from './fixture-tool.ts';

interface Running {
  task: Task;
  readonly timer: NodeJS.Timeout;
}

const running = new Map<string, Running>();

/** What the suite's tasks come to after a time, unless they are cancelled. */
type End =
  | { readonly status: 'completed'; readonly result: CallToolResult }
  | { readonly status: 'failed'; readonly error: { readonly code: number; readonly message: string } };

function begin(seconds: number, end: End): CallToolResult {
  const taskId = randomUUID();
  const createdAt = new Date().toISOString();
  const facts = { taskId, createdAt, ttlMs: 600_000 };
  const finish = (): void => {
    const entry = running.get(taskId);
    if (entry) entry.task = { ...facts, lastUpdatedAt: new Date().toISOString(), ...end };
  };
  const task: Task = { ...facts, lastUpdatedAt: createdAt, status: 'working' };
  running.set(taskId, { task, timer: setTimeout(finish, seconds * 1000).unref() });
  return taskCreated(task);
}

/** Tasks in memory, as the suite's tools make them. */
export const fixtureTasks: TaskSource = {
  find: async ({ taskId }) => running.get(taskId)?.task,
  cancel: async ({ taskId }) => {
    const entry = running.get(taskId);
    if (entry?.task.status !== 'working') return;
    clearTimeout(entry.timer);
    entry.task = { ...entry.task, status: 'cancelled', lastUpdatedAt: new Date().toISOString() };
  },
};

function requireTasks(context: ServerContext): void {
  if (knowsTasks(context)) return;
  const extensions = { 'io.modelcontextprotocol/tasks': {} };
  throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions } });
}

export const taskTools: readonly FixtureTool[] = [
  { name: 'greet', run: (_context, { name }) => said(`Hello, ${String(name)}!`) },
  {
    name: 'slow_compute',
    run: (context, { seconds }) => {
      const done = said(`Computed for ${String(seconds)} s`);
      return knowsTasks(context) && Number(seconds) > 0
        ? begin(Number(seconds), { status: 'completed', result: done })
        : done;
    },
  },
  {
    name: 'failing_job',
    run: (context) => {
      requireTasks(context);
      return begin(1, { status: 'completed', result: { ...said('It failed'), isError: true } });
    },
  },
  {
    name: 'protocol_error_job',
    run: (context) => {
      requireTasks(context);
      return begin(0.2, { status: 'failed', error: { code: -32_603, message: 'It broke' } });
    },
  },
];
