import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../connect/connection.ts';
import { keeperOf } from '../runs/keeper.ts';
import type { StartedRun } from '../runs/run.ts';
import { adoptScript, turnScript } from './adopt-script.ts';
import { askAboutJob } from './ask.ts';
import { spaceWords, type HostSpace } from './host-space.ts';
import { spoolCommand } from './spool.ts';

/** The host goes on by itself after ten seconds: what takes longer than this is called off. */
const patienceMs = 4_000;
const askLimits = { maxBytes: 64 * 1024, timeoutMs: 8_000, signal: new AbortController().signal };

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
  if (!(await isSaid('held', spoolCommand(adoptScript, mark, words), connection))) return false;
  const keeper = keeperOf(connection);
  // From here on the host keeps it, also without us.
  keeper.forget(mark);
  const hasAll = await Promise.race([brought, sleep(patienceMs, false, { ref: false })]);
  if (!hasAll && (await isSaid('done', spoolCommand(turnScript, mark, ['undo']), connection))) {
    keeper.watch(mark);
    return false;
  }
  connection.retire();
  await watched.close();
  await isSaid('done', spoolCommand(turnScript, mark, ['go']), connection);
  watched.letGo();
  return true;
}

/** A host that does not answer goes on by itself, or has done nothing. */
async function isSaid(word: string, text: string, connection: Connection): Promise<boolean> {
  const answer = await askAboutJob(connection, text, askLimits).catch(() => undefined);
  return answer?.words[0] === word;
}
