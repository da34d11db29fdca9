import type { Log } from '../base/log.ts';
import { composeGateway, type ComposeOptions, type RunningGateway } from '../compose.ts';
import type { Config } from '../config/load.ts';
import { approvalsPath } from '../console/page.ts';
import type { HttpListener } from '../http/listen.ts';
import { listen } from './listen.ts';
import { LiveView } from './live-view.ts';
import { runningStatus } from './running-status.ts';
import { offerStatus } from './status-socket.ts';

/**
 * How long running calls get to end by themselves after SIGTERM. What is still on is then ended on its host and recorded,
 * within the ten seconds after which Docker, for one, kills.
 */
const graceMs = 5_000;

export interface Serving extends AsyncDisposable {
  readonly running: RunningGateway;
  readonly listener: HttpListener;
}

/** The gateway with its listener; disposing it drains both. */
export async function openServing(config: Config, options: ComposeOptions): Promise<Serving> {
  await using stack = new AsyncDisposableStack();
  let base = config.publicBaseUrl;
  const approveUrl = (id: string): string | undefined => base && `${base}${approvalsPath}/${id}`;
  const running = stack.use(await composeGateway(config, { ...options, approveUrl }));
  const live = stack.use(new LiveView(config, running, options.log));
  const listener = await listen(config, running, options.log, live);
  base ??= listener.url;
  stack.use(await offerStatus(config, () => runningStatus(running, listener.url, options.log), options.log));
  stack.defer(() => listener.close({ graceMs }));
  const open = stack.move();
  return { running, listener, [Symbol.asyncDispose]: () => closeSaying(open, options.log) };
}

async function closeSaying(open: AsyncDisposableStack, log: Log): Promise<void> {
  log.info('shutting down: running calls may end');
  await open.disposeAsync();
}
