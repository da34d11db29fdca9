import { hasEnded, type Job } from '../jobs/job.ts';
import { searchLines } from '../outputs/search.ts';
import type { StreamName } from '../outputs/spool.ts';
import { lookAt } from './job-output.ts';
import { maxMatches, maxSearchMs, type OutputPattern } from './read-output.ts';
import type { JsonObject, ToolContext } from './tool.ts';

const pageBytes = 256 * 1024;

interface Query {
  readonly stream: StreamName;
  readonly pattern: OutputPattern;
  readonly from: number;
  readonly maxBytes: number;
}

/** The matching lines of what a job wrote until now; what was taken out as secret is not searched. */
export async function searchJob(
  job: Job,
  { stream, pattern, from, maxBytes }: Query,
  context: ToolContext,
): Promise<{ readonly job: Job; readonly shown: JsonObject }> {
  let known = job;
  async function* chunks(): AsyncGenerator<Buffer> {
    const filter = context.secrets.stream();
    const none = { offset: 0, maxBytes: 0 };
    let offset = 0;
    for (;;) {
      const look = await lookAt(
        known,
        { stdout: none, stderr: none, [stream]: { offset, maxBytes: pageBytes } },
        context,
      );
      known = look.job;
      const { data, offset: at } = look[stream];
      if (data.length === 0) break;
      offset = at + data.length;
      yield filter.push(data);
    }
    yield filter.end();
  }
  const limits = { from, maxMatches, maxBytes, maxMs: maxSearchMs };
  const { matches, nextOffset } = await searchLines(chunks(), pattern.compiled, limits);
  const shown = {
    stream,
    pattern: pattern.text,
    matches,
    match_count: matches.length,
    next_offset: nextOffset,
    truncated: nextOffset !== null || !hasEnded(known),
  };
  return { job: known, shown };
}
