import type { Log } from '../base/log.ts';
import type { RunningGateway } from '../compose.ts';
import type { Config } from '../config/load.ts';
import type { ConsoleServices } from '../console/console.ts';
import type { Live } from '../console/live.ts';
import { upstreamsOf } from './upstreams.ts';

/** The running gateway as its web pages see it. */
export function consoleServices(
  config: Config,
  running: RunningGateway,
  { live, log }: { readonly live: Live; readonly log: Log },
): ConsoleServices {
  const { tlsCertFile, publicBaseUrl } = config;
  const isSecure = tlsCertFile !== undefined || publicBaseUrl?.startsWith('https:') === true;
  return {
    authenticate: running.gateway.authenticate,
    takeInAuthority: () => running.takeInAuthority(),
    issuers: running.oauth === undefined ? [] : upstreamsOf(config).map(({ name }) => name),
    approvals: running.gateway.approvals,
    live,
    recordLogin: (login) => running.recordLogin(login),
    refusedLogin: (address) => running.refusedLogin(address),
    transport: isSecure ? 'secure' : 'plain',
    publicBaseUrl,
    log,
  };
}
