import type { z } from 'zod';
import type { Job } from '../jobs/job.ts';
import type { Action } from '../policy/action.ts';
import { badInput, describeInput } from './input.ts';
import { readablePart, type Tool, type ToolContext, type ToolDefinition, type ToolOutput } from './tool.ts';

/** A tool for one job, by its id, and where it says so, for what there is to say without one. */
interface JobToolDefinition<Input extends z.ZodObject> extends Omit<
  ToolDefinition<Input>,
  'selectors' | 'actions' | 'run'
> {
  readonly jobId: (input: z.output<Input>) => string | undefined;
  readonly actions: (job: Job) => readonly Action[];
  readonly run: (input: z.output<Input>, context: ToolContext, job: Job) => Promise<ToolOutput>;
  readonly withoutId?: {
    readonly actions: readonly Action[];
    readonly run: (context: ToolContext) => Promise<ToolOutput>;
  };
}

export function defineJobTool<Input extends z.ZodObject>(definition: JobToolDefinition<Input>): Tool {
  const { input: schema, jobId, actions, echo, run, withoutId, ...declared } = definition;
  const description = describeInput(schema);
  return {
    ...declared,
    get inputSchema() {
      return description.inputSchema;
    },
    prepare: (raw) => {
      const parsed = schema.safeParse(description.lenient(raw));
      if (!parsed.success) return badInput(parsed.error, raw);
      const input = parsed.data;
      const id = jobId(input);
      if (id === undefined && withoutId) return { actions: withoutId.actions, run: withoutId.run };
      return {
        jobId: id ?? '',
        onJob: (job) => ({ actions: actions(job), run: (context) => run(input, context, job) }),
      };
    },
    echo: (raw) => echo(readablePart(schema, description.lenient(raw))),
  };
}
