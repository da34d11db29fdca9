import type { Log } from '../base/log.ts';
import type { RunningGateway } from '../compose.ts';
import type { Config } from '../config/load.ts';
import type { ConsoleServices } from '../console/console.ts';
import type { Live } from '../console/live.ts';

/** The running gateway as its web pages see it. */
export function consoleServices(
  { tlsCertFile, publicBaseUrl }: Pick<Config, 'tlsCertFile' | 'publicBaseUrl'>,
  running: RunningGateway,
  { live, log }: { readonly live: Live; readonly log: Log },
): ConsoleServices {
  const isSecure = tlsCertFile !== undefined || publicBaseUrl?.startsWith('https:') === true;
  return {
    authenticate: running.gateway.authenticate,
    approvals: running.gateway.approvals,
    live,
    recordLogin: (login) => running.recordLogin(login),
    refusedLogin: (address) => running.refusedLogin(address),
    transport: isSecure ? 'secure' : 'plain',
    publicBaseUrl,
    log,
  };
}
