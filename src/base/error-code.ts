/** Whether `error` carries this `code`, as Node's system errors do. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
