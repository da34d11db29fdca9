import { GatewayError } from '../../base/errors.ts';
import { statusCode } from './sftp-packets.ts';
import { SftpRefusal } from './sftp-replies.ts';
import type { Sftp } from './sftp.ts';

/** The status a server answered with, or undefined when the error is not a server's answer. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof SftpRefusal ? error.status : undefined;
}

/** What an error of a call on files means to the caller, with what may have become of the file. */
export function fileError(sftp: Sftp, path: string, cause: unknown): unknown {
  if (cause instanceof SftpRefusal) return refusalError(sftp, path, cause);
  if (!(cause instanceof GatewayError) || !sftp.mayHaveChanged || !endings.has(cause.code)) return cause;
  const message = `${cause.message} It may have been written: look at ${path} before writing it again.`;
  return new GatewayError(cause.code, message, { cause, ran: 'may_have_run', details: cause.details });
}

/** What ends a call as a whole: it leaves open how far a write got that had begun, and nothing after it can do better. */
export const endings: ReadonlySet<string> = new Set([
  'connection_lost',
  'host_unreachable',
  'sftp_unavailable',
  'cancelled',
  'unauthenticated',
]);

/** The server's own text is not quoted. */
function refusalError(sftp: Sftp, path: string, cause: SftpRefusal): GatewayError {
  const { host } = sftp.channel;
  const ran = sftp.mayHaveChanged ? 'may_have_run' : 'not_started';
  switch (cause.status) {
    case statusCode.noSuchFile:
      return new GatewayError('path_not_found', `There is no ${path} on ${host}. Look with list_directory.`, {
        cause,
        ran,
      });
    case statusCode.permissionDenied: {
      const message = `The account on ${host} may not access ${path}. Choose another path, or ask the operator.`;
      return new GatewayError('host_permission_denied', message, { cause, ran });
    }
    default: {
      const message = `${host} refused the request on ${path} (SFTP status ${cause.status}). Look at it with execute_command.`;
      return new GatewayError('host_permission_denied', message, { cause, ran });
    }
  }
}
