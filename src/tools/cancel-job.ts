import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import type { JobStopped } from '../jobs/job.ts';
import { isOver } from '../jobs/jobs.ts';
import { noted } from './job-output.ts';
import { describeState, stateOf, timesOf } from './job-state.ts';
import { defineJobTool } from './job-tool.ts';
import { jobId } from './parameters.ts';

const nothing = { offset: 0, maxBytes: 0 };
const stateAlone = { stdout: nothing, stderr: nothing };

export const cancelJob = defineJobTool({
  name: 'cancel_job',
  title: 'End a job',
  description:
    'Ends a job of yours with everything it started, looks whether it is gone, and says so under `stopped`. What ' +
    'it wrote can still be read with get_job.',
  scope: 'execute',
  readOnly: false,
  destructive: true,
  idempotent: true,
  input: z.object({ job_id: jobId.describe('From the call that started it') }),
  jobId: ({ job_id }) => job_id,
  // To end a job it must be read too: one that has ended by itself is not said to have been cancelled.
  actions: ({ host, id }) => [
    { kind: 'cancel_job', host, job: id },
    { kind: 'read_job', host, job: id },
  ],
  echo: ({ job_id }) => ({ job_id }),
  async run(_input, { hosts, jobs, caller }, found) {
    let job = found;
    let stopped: JobStopped | null = null;
    const held = jobs.heldHere(job);
    if (held) {
      held.cancel();
      await held.ended;
      job = await jobs.find(job.owner, job.id);
    } else if (job.heldUntil !== null && job.state.kind === 'running') {
      const message = 'Another process of the gateway holds this job, for its host could not keep it. Ask that one.';
      throw new GatewayError('busy', message);
    } else if (!isOver(job)) {
      const report = await hosts.readJob(job, stateAlone);
      const state = stateOf(report, job);
      // One whose end left no word may have left processes all the same.
      if (state.kind === 'running' || state.kind === 'lost') stopped = await hosts.stopJob(job);
      if (state.kind !== 'running') job = await noted(job, state, jobs);
      else if (stopped?.state === 'confirmed')
        job = await jobs.note(job, { state: { kind: 'cancelled', stopped, by: caller.ends } });
      if (job.state.kind === 'starting') {
        throw new GatewayError('busy', 'This job is being started at this moment. Ask again in a few seconds.');
      }
    }
    const described = describeState(job);
    const isStillThere = stopped !== null && stopped.state !== 'confirmed';
    const json = {
      ...described,
      error: undefined,
      success: !isStillThere,
      job_id: job.id,
      server: job.host,
      command: job.command,
      stopped: stopped ?? described['stopped'],
      ...timesOf(job),
      ...(isStillThere && { error: 'It could not be ended, or not seen whether it has. Look at `stopped`.' }),
    };
    const metadata = { job_id: job.id, status: described['status'], ...(stopped && { stopped: stopped.state }) };
    return { json, isError: isStillThere, outcome: { success: !isStillThere, metadata } };
  },
});
