import { setTimeout as sleep } from 'node:timers/promises';
import { executionsOf, type Answer, type Calm, type Kind, type Plan } from './kind.ts';

const exitCode = 7;
/** A gateway that holds a job and dies is waited for, before the job is said to be lost. */
const leaseMs = 60_000;

function isRunning(answer: Answer): boolean {
  return answer.kind === 'result' && answer.json['status'] === 'running';
}

/** A job outlives its call, the connection and the gateway; what it wrote and how it ended can be read afterwards. */
function asJob(n: number, mayBeLost: (calm: Calm) => boolean): Pick<Plan, 'executions' | 'afterwards'> {
  return {
    executions: (answer) => (isRunning(answer) ? { least: 1, most: 1 } : executionsOf(answer)),
    afterwards: async (answer, calm) => {
      if (answer.kind !== 'result' || !isRunning(answer)) return [];
      const { code, ...job } = await whole(answer.json, calm);
      const isEndedByUs = code === 'job_lost' || job.status === 'cancelled';
      if (isEndedByUs && mayBeLost(calm)) return [];
      const isWhole = job.status === 'exited' && job.exitCode === exitCode && job.output === `end-${n}\n`;
      return isWhole ? [] : [`the job is ${JSON.stringify({ code, ...job })}`];
    },
  };
}

/** All there is to read of it. */
async function whole({ job_id, stdout }: Readonly<Record<string, unknown>>, { ask }: Calm) {
  let [cursor, output]: [unknown, string] = [undefined, ''];
  const until = performance.now() + leaseMs;
  for (;;) {
    const looked = await ask('get_job', { job_id, wait: 0, ...(cursor !== undefined && { cursor }) });
    const json = looked.kind === 'result' ? looked.json : {};
    if (typeof json['stdout'] === 'string') output += json['stdout'];
    cursor = json['cursor'];
    if (json['truncated'] === true) continue;
    if (json['status'] === 'running' && performance.now() < until) {
      await sleep(1000);
      continue;
    }
    return { status: json['status'], exitCode: json['exit_code'], code: json['code'], output, saidBefore: stdout };
  }
}

const background: Kind = {
  name: 'job',
  weight: 6,
  plan: (n, random, place) => ({
    tool: 'execute_command',
    arguments: {
      server: place.servers[random.whole(0, place.servers.length - 1)],
      command: `${place.begin(n)}; sleep ${random.whole(1, 8)}; echo end-${n}; exit ${exitCode}`,
      background: true,
    },
    ...asJob(n, () => false),
    stays: () => 'perhaps',
  }),
};

/** Becomes a job by itself, for it takes longer than its caller waits. */
const kept: Kind = {
  name: 'run that becomes a job',
  weight: 6,
  plan: (n, random, place) => ({
    tool: 'execute_command',
    arguments: {
      server: place.servers[random.whole(0, place.servers.length - 1)],
      command: `${place.begin(n)}; sleep ${random.whole(2, 8)}; echo end-${n}; exit ${exitCode}`,
      wait: 1,
    },
    // While its host takes it over, it is lost with the connection; one that it could not take ends with the gateway.
    ...asJob(n, ({ wasDisturbed }) => wasDisturbed),
    // Where no answer came, it may have become one.
    stays: (answer) => (answer.kind === 'none' || isRunning(answer) ? 'perhaps' : 'never'),
  }),
};

export const jobs: readonly Kind[] = [background, kept];
