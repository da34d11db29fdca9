import type { ServerContext } from '@modelcontextprotocol/server';
import type { Log } from '../base/log.ts';
import { neutraliseLine } from '../base/untrusted-text.ts';

/** Clients give up on a call that is silent for a minute or less. */
const defaultProgressMs = 10_000;
/** More often nothing is said; of what comes in between, the newest. */
const leastMs = 200;
const maxCharacters = 200;
/** By so much what is said grows each time at least (MCP, basic/utilities/progress). */
const leastStep = 0.001;

export interface Progress extends Disposable {
  /** Says how far the call is, or that it is further than was said. */
  tell(text: () => string): void;
}

/**
 * While it lasts, tells the client now and then that its call still runs, where the client gave a progress token and
 * can read a stream. A courtesy: a progress message may be lost, so nothing is said in it alone.
 */
export function reportProgress(
  tool: string,
  context: ServerContext,
  options: { readonly log: Log; readonly progressMs?: number },
): Progress {
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined || !readsStreams(context.http?.req)) {
    return { tell: () => undefined, [Symbol.dispose]() {} };
  }
  const startedMs = performance.now();
  let said = 0;
  let saidMs = Number.NEGATIVE_INFINITY;
  const say = (text: string): void => {
    saidMs = performance.now();
    said = Math.max(said + leastStep, Math.round((saidMs - startedMs) / 1_000));
    const message = Array.from(neutraliseLine(text)).slice(0, maxCharacters).join('');
    context.mcpReq
      .notify({ method: 'notifications/progress', params: { progressToken, progress: said, message } })
      .catch((error: unknown) => options.log.debug({ err: error }, 'progress could not be sent'));
  };
  const tick = setInterval(() => {
    const seconds = Math.max(1, Math.round((performance.now() - startedMs) / 1_000));
    say(`${tool.slice(0, 100)} has been running for ${seconds} s`);
  }, options.progressMs ?? defaultProgressMs).unref();
  let newest: (() => string) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const sayNewest = (): void => {
    timer = undefined;
    if (newest) say(newest());
    newest = undefined;
  };
  return {
    tell: (text) => {
      newest = text;
      timer ??= setTimeout(sayNewest, Math.max(0, saidMs + leastMs - performance.now())).unref();
    },
    [Symbol.dispose]: () => {
      clearInterval(tick);
      clearTimeout(timer);
    },
  };
}

/** Over HTTP the answer becomes an event stream, which a client that accepts JSON alone could not read. */
export function readsStreams(request: Request | undefined): boolean {
  return !request || (request.headers.get('accept') ?? '').includes('text/event-stream');
}
