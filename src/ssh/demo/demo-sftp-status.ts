import { statusCode } from '../files/sftp-packets.ts';

/** What OpenSSH's server answers to these errors; to every other one, that it is a failure. */
const statusOfErrno: Readonly<Record<string, number>> = {
  ENOENT: statusCode.noSuchFile,
  ENOTDIR: statusCode.noSuchFile,
  ELOOP: statusCode.noSuchFile,
  EBADF: statusCode.noSuchFile,
  EACCES: statusCode.permissionDenied,
  EPERM: statusCode.permissionDenied,
  ENAMETOOLONG: statusCode.badMessage,
  EINVAL: statusCode.badMessage,
  ENOSYS: statusCode.unsupported,
};

/** An answer that is not the one asked for. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`SFTP status ${status}`);
    this.status = status;
  }
}

export function statusOfError(error: unknown): number {
  if (error instanceof Refusal) return error.status;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return statusOfErrno[code] ?? statusCode.failure;
}
