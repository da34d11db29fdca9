import { startSshd } from '../test/fixtures/sshd.ts';
import { plain } from './commands.ts';
import { median, percentile, type Row, type Section } from './figures.ts';
import { serveGateway } from './gateway.ts';

/** What it costs that a command outlives its call: the answer to `background: true` against that to a plain call, in turns. */
export function jobStarts(rounds: number): Section {
  return {
    name: 'jobs',
    about: `${rounds} starts in the background against as many plain calls on a warm host, in turns`,
    run: async () => {
      await using sshd = await startSshd({ ...plain, maxSessions: 100 });
      await using gateway = await serveGateway(sshd);
      const [server] = gateway.servers;
      const took = async (input: object): Promise<readonly [ms: number, jobId: unknown]> => {
        const before = performance.now();
        const answer = await gateway.call('execute_command', { server, ...input });
        if (answer['success'] !== true) throw new Error(JSON.stringify(answer));
        return [performance.now() - before, answer['job_id']];
      };
      const calls: number[] = [];
      const starts: number[] = [];
      for (let round = -5; round < rounds; round += 1) {
        const [call] = await took({ command: `echo ${round}` });
        const [start, jobId] = await took({ command: `echo ${round}`, background: true });
        // It has ended, and counts no longer among those under way.
        await gateway.call('get_job', { job_id: jobId, wait: 5 });
        if (round < 0) continue;
        calls.push(call);
        starts.push(start);
      }
      const row = (what: string, measured: number): Row => ({ what, measured, unit: 'ms' });
      return [
        row('a plain call, p50', median(calls)),
        row('a start in the background, p50', median(starts)),
        row('a start in the background, p99', percentile(starts, 99)),
        { what: 'start / plain call, p50', measured: median(starts) / median(calls), unit: 'x' },
      ];
    },
  };
}
