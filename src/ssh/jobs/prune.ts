const maxUnendedDays = 31;

/**
 * A function for `sh` on a host: `prune DAYS` removes what jobs left behind that ended longer ago, and what has not been
 * touched for longer than any job may run.
 */
export const pruneFunction =
  'prune() { find "$b" -mindepth 2 -maxdepth 2 -name exit -mtime "+$1" 2>/dev/null | while read -r old; do rm -rf "${old%/exit}"; done; ' +
  `find "$b" -mindepth 1 -maxdepth 1 -type d -mtime +${maxUnendedDays} -exec rm -rf {} + 2>/dev/null; }`;

/** Whole days, as find(1) counts them. */
export function pruneDays(retentionMs: number): string {
  return String(Math.max(1, Math.ceil(retentionMs / 86_400_000)));
}
