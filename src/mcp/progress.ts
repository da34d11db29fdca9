import type { ServerContext } from '@modelcontextprotocol/server';
import type { Log } from '../base/log.ts';

/** Clients give up on a call that is silent for a minute or less. */
const defaultProgressMs = 10_000;

/**
 * While it lasts, tells the client now and then that its call still runs, where the client gave a progress token and
 * can read a stream. A courtesy: a progress message may be lost, so nothing is said in it alone.
 */
export function reportProgress(
  tool: string,
  context: ServerContext,
  options: { readonly log: Log; readonly progressMs?: number },
): Disposable {
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined || !readsStreams(context.http?.req)) return { [Symbol.dispose]() {} };
  const startedMs = performance.now();
  const timer = setInterval(() => {
    const progress = Math.max(1, Math.round((performance.now() - startedMs) / 1_000));
    const message = `${tool.slice(0, 100)} has been running for ${progress} s`;
    const params = { progressToken, progress, message };
    context.mcpReq
      .notify({ method: 'notifications/progress', params })
      .catch((error: unknown) => options.log.debug({ err: error }, 'progress could not be sent'));
  }, options.progressMs ?? defaultProgressMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Over HTTP the answer becomes an event stream, which a client that accepts JSON alone could not read. */
function readsStreams(request: Request | undefined): boolean {
  return !request || (request.headers.get('accept') ?? '').includes('text/event-stream');
}
