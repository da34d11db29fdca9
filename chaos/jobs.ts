import { executionsOf, type Answer, type Kind } from './kind.ts';

/** A job outlives its call, the connection and the gateway; what it wrote and how it ended can be read afterwards. */
const background: Kind = {
  name: 'job',
  weight: 6,
  plan: (n, random, place) => ({
    tool: 'execute_command',
    arguments: {
      server: place.servers[random.whole(0, place.servers.length - 1)],
      command: `${place.begin(n)}; sleep ${random.whole(1, 8)}; echo end-${n}; exit 7`,
      background: true,
    },
    executions: (answer) => (isRunning(answer) ? { least: 1, most: 1 } : executionsOf(answer)),
    stays: 'perhaps',
    afterwards: async (answer, ask) => {
      if (answer.kind !== 'result' || !isRunning(answer)) return [];
      const looked = await ask('get_job', { job_id: answer.json['job_id'], wait: 0 });
      if (looked.kind !== 'result') return ['nobody can say what became of the job'];
      const { status, exit_code: exitCode, stdout } = looked.json;
      const isWhole = status === 'exited' && exitCode === 7 && stdout === `end-${n}\n`;
      return isWhole ? [] : [`the job is ${JSON.stringify({ status, exitCode, stdout })}`];
    },
  }),
};

function isRunning(answer: Answer): boolean {
  return answer.kind === 'result' && answer.json['status'] === 'running';
}

export const jobs: readonly Kind[] = [background];
