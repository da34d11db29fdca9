import { randomUUID } from 'node:crypto';
import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Job } from '../jobs/job.ts';
import type { AuthMethod, Credential } from '../identity/authenticate.ts';
import { scopes, type Caller, type JobEnd } from '../identity/caller.ts';
import { cancelJob } from '../tools/cancel-job.ts';
import { handleToolCall } from './handle-tool-call.ts';
import type { Gateway } from './gateway.ts';

const attempts = 5;
const againMs = 2_000;
/** At the same time. */
const width = 16;

/**
 * Ends jobs whose caller or host may have none any longer. Each is a call of `cancel_job` like any other, judged and
 * recorded, by a caller that lives for that call alone.
 */
export class JobEndings implements AuthMethod {
  readonly #callers = new Map<string, Caller>();
  readonly #ending = new Set<string>();

  authenticate(credential: Credential): Caller | undefined {
    return credential.kind === 'bearer' ? this.#callers.get(credential.token) : undefined;
  }

  /** Never rejects: what cannot be ended is logged, and left to its deadline. */
  async end(gateway: Gateway, why: JobEnd, isMeant: (job: Job) => boolean): Promise<void> {
    try {
      const unended = await gateway.jobs.unended();
      const meant = unended.filter((job) => !this.#ending.has(job.id) && isMeant(job));
      for (let at = 0; at < meant.length; at += width) {
        await Promise.all(meant.slice(at, at + width).map((job) => this.#endOne(gateway, why, job)));
      }
    } catch (error) {
      gateway.log.error({ err: error, why }, 'jobs that must end could not be looked up');
    }
  }

  async #endOne(gateway: Gateway, why: JobEnd, job: Job): Promise<void> {
    this.#ending.add(job.id);
    try {
      for (let attempt = 1; ; attempt += 1) {
        const error = await this.#cancel(gateway, why, job);
        if (error === undefined) return;
        logFailure(gateway.log, job, error);
        if (attempt === attempts) return;
        await new Promise((resolve) => setTimeout(resolve, againMs).unref());
      }
    } finally {
      this.#ending.delete(job.id);
    }
  }

  async #cancel(gateway: Gateway, why: JobEnd, job: Job): Promise<unknown> {
    const token = randomUUID();
    const never = new AbortController();
    this.#callers.set(token, {
      principal: job.owner,
      name: 'sallyport itself',
      scopes: new Set(scopes),
      allowedServers: ['*'],
      profile: 'admin',
      ends: why,
      revoked: never.signal,
    });
    try {
      await handleToolCall(
        {
          id: randomUUID(),
          tool: cancelJob.name,
          arguments: { job_id: job.id },
          credential: { kind: 'bearer', token },
          signal: never.signal,
          client: undefined,
        },
        // Whatever tools its callers are offered.
        { ...gateway, tools: [cancelJob] },
      );
      return undefined;
    } catch (error) {
      return error;
    } finally {
      this.#callers.delete(token);
    }
  }
}

function logFailure(log: Log, { id, host }: Job, error: unknown): void {
  const code = error instanceof GatewayError ? error.code : 'internal';
  log.warn({ job: id, server: host, code, err: error }, 'a job that must end could not be ended');
}
