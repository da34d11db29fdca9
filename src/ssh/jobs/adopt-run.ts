import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../connect/connection.ts';
import { keeperOf } from '../runs/keeper.ts';
import type { StartedRun } from '../runs/run.ts';
import { adoptScript, turnScript } from './adopt-script.ts';
import { askAboutJob } from './ask.ts';
import { spaceWords, type HostSpace } from './host-space.ts';
import { spoolCommand } from './spool.ts';

/** The host goes on by itself ten seconds after it has begun: what takes longer than this is called off. */
const patienceMs = 7_000;
const askLimits = { maxBytes: 64 * 1024, timeoutMs: 5_000, signal: new AbortController().signal };

/**
 * Hands a run that is under way over to its host, byte for byte: what came until now came over the channel, the rest is
 * kept there. False where the host cannot take it; the run then goes on as it was.
 *
 * OpenSSH lets go of a run's outputs when its channel is closed, and answers only when the run has ended: that it has let
 * go is known by the next command on the same connection, for it takes messages in their order. Until the run has ended,
 * its session counts among those of the connection, which is used no further.
 */
export async function adoptRun(
  connection: Connection,
  run: StartedRun,
  { leftMs, space }: { readonly leftMs: number; readonly space: HostSpace },
): Promise<boolean> {
  const { mark, watched } = run;
  if (mark === undefined || run.shell !== 'posix' || connection.takesOneCommand) return false;
  const marker = `sallyport-${randomBytes(24).toString('hex')}`;
  const brought = watched.brought(marker).then(() => true);
  const seconds = String(Math.max(1, Math.ceil(leftMs / 1000)));
  const words = [marker, seconds, ...spaceWords(space), ...(connection.sudo ? ['sudo'] : [])];
  const callOffAt = performance.now() + patienceMs;
  const answer = await said(spoolCommand(adoptScript, mark, words), connection);
  if (answer === 'no') return false;
  const callOff = async () => await said(spoolCommand(turnScript, mark, ['undo']), connection);
  // It may have been stopped on the host without our hearing of it.
  if (answer !== 'held' && (await callOff()) !== 'late') return false;
  const keeper = keeperOf(connection);
  // From here on the host keeps it, also without us.
  keeper.forget(mark);
  const hasAll = await Promise.race([
    brought,
    sleep(Math.max(0, callOffAt - performance.now()), false, { ref: false }),
  ]);
  if (!hasAll && (await callOff()) === 'done') {
    keeper.watch(mark);
    return false;
  }
  connection.retire();
  await watched.close();
  await said(spoolCommand(turnScript, mark, ['go']), connection);
  watched.letGo();
  return true;
}

/** The first word of the answer. A host that does not answer goes on by itself, or has done nothing. */
async function said(text: string, connection: Connection): Promise<string | undefined> {
  const answer = await askAboutJob(connection, text, askLimits).catch(() => undefined);
  return answer?.words[0];
}
