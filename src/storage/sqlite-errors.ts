/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
const codes = { busy: 5, readOnly: 8, ioError: 10, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 } as const;

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined;
  // The upper bits of an extended code only say more about the primary one.
  return error.errcode & 0xff;
}

export function isBusy(error: unknown): boolean {
  return resultCode(error) === codes.busy;
}

/** Why a database file could not be used, and what an operator can do about it. */
export function explainFileError(error: unknown, path: string): string {
  const detail = error instanceof Error ? error.message : String(error);
  switch (resultCode(error)) {
    case codes.busy:
      return `another process keeps ${path} locked; end it`;
    case codes.readOnly:
      return `${path} is read-only; make it and its folder writable`;
    case codes.full:
      return `the disk that holds ${path} is full; free some space`;
    case codes.cannotOpen:
      return `${path} cannot be opened; check its folder and permissions`;
    case codes.corrupt:
    case codes.notADatabase:
      return `${path} is damaged (${detail}); move it away and keep it as evidence`;
    case codes.ioError:
      return `the disk that holds ${path} reports an error (${detail})`;
    case undefined:
      return detail;
    default:
      return `${path} cannot be used (${detail})`;
  }
}
