import { chmod, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { hasErrorCode } from '../base/error-code.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/load.ts';

const count = z.int().min(0);

/** How a gateway that serves is doing. */
const runningStatus = z.object({
  version: z.string(),
  pid: count,
  started_at: z.string(),
  url: z.string(),
  calls_running: count,
  connections: count,
  waiting: count,
  hosts: z.record(z.string(), count),
  jobs_running: count.nullable(),
  approvals_pending: count.nullable(),
  locks: count,
  audit_export: z.array(z.object({ sink: z.string(), lag_s: z.number(), problem: z.string().nullable() })),
  problems: z.array(z.string()),
  warnings: z.array(z.string()),
});
export type RunningStatus = Readonly<z.output<typeof runningStatus>>;

const answerWithinMs = 3_000;
/** sun_path, less the zero at its end: a longer path is cut off without a word. */
const maxPathBytes = 107;

function socketPath({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'serve.sock');
}

/**
 * Says how this process does to whoever may open its socket in DATA_DIR: our own user, whatever tokens there are. It is told
 * to, and asked for, nothing else.
 */
export async function offerStatus(
  config: Config,
  read: () => Promise<RunningStatus>,
  log: Log,
): Promise<AsyncDisposable> {
  const path = socketPath(config);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.setTimeout(answerWithinMs, () => socket.destroy());
    void read().then(
      (status) => socket.end(JSON.stringify(status)),
      (error: unknown) => {
        log.warn({ err: error }, 'sallyport status was not answered');
        socket.destroy();
      },
    );
  });
  server.on('error', (error) => log.warn({ err: error }, 'sallyport status has nobody to ask'));
  const isOurs = Buffer.byteLength(path) <= maxPathBytes && !(await isAnswered(path)) && (await listenOn(server, path));
  if (!isOurs) log.info('sallyport status cannot ask this process');
  return {
    async [Symbol.asyncDispose]() {
      if (isOurs) await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a process that has ended left behind is in the way. */
async function listenOn(server: Server, path: string): Promise<boolean> {
  await rm(path, { force: true });
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(path, () => resolve(true));
  });
  server.unref();
  if (isListening) await chmod(path, 0o600);
  return isListening;
}

async function isAnswered(path: string): Promise<boolean> {
  return (await ask(path)) !== undefined;
}

/** Undefined where nothing serves on this DATA_DIR, or it does not answer. */
export async function askStatus(config: Config): Promise<RunningStatus | undefined> {
  const said = await ask(socketPath(config));
  return said === undefined ? undefined : runningStatus.safeParse(said).data;
}

async function ask(path: string): Promise<unknown> {
  if (Buffer.byteLength(path) > maxPathBytes) return undefined;
  const socket = connect({ path, signal: AbortSignal.timeout(answerWithinMs) });
  try {
    const parsed: unknown = JSON.parse(await text(socket));
    return parsed;
  } catch (error) {
    const isNobody = ['ENOENT', 'ECONNREFUSED', 'EACCES', 'ECONNRESET', 'ABORT_ERR'].some((code) =>
      hasErrorCode(error, code),
    );
    if (isNobody || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
