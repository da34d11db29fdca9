import { GatewayError } from '../../base/errors.ts';
import type { HostId } from '../../hosts/host.ts';

/**
 * The host lets no further channel be opened on a connection (`MaxSessions` in sshd_config(5)). Nothing was started:
 * the work goes to another connection, or waits, and the caller does not hear of it.
 */
export class ChannelRefused extends GatewayError {
  constructor(host: HostId, cause: unknown) {
    const message = `${host} takes no more commands at this moment. Wait for one of its commands to end, then try again.`;
    super('busy', message, { cause, details: { retry_after_s: 5 } });
  }
}
