/** How much of a host's disk jobs may take, and for how long. */
export interface HostSpace {
  /** How long what a job left behind is kept. */
  readonly retentionMs: number;
  /** Of each stream: its first bytes are kept, and the rest counted. */
  readonly maxOutputBytes: number;
  /** What jobs that have ended may keep in all. */
  readonly maxTotalBytes: number;
}

const maxUnendedDays = 31;

/**
 * A function for `sh` on a host: `prune DAYS KILOBYTES` removes what jobs left behind that ended longer ago, then the oldest that
 * have ended until the rest takes no more than that, and what has not been touched for longer than any job may run.
 */
export const pruneFunction = [
  'prune() { find "$b" -mindepth 2 -maxdepth 2 -name exit -mtime "+$1" 2>/dev/null | while read -r old; do rm -rf "${old%/exit}"; done',
  `find "$b" -mindepth 1 -maxdepth 1 -type d -mtime +${maxUnendedDays} -exec rm -rf {} + 2>/dev/null; fit $2; }`,
  'taken() { du -sk "$1" 2>/dev/null | { read -r taken rest; echo ${taken:-0}; }; }',
  'fit() { all=$(taken "$b"); [ "${all:-0}" -le $1 ] || ls -tr "$b" | while read -r name; do [ -e "$b/$name/exit" ] || continue',
  'own=$(taken "$b/$name"); rm -rf "$b/$name"; all=$((all-own)); [ $all -gt $1 ] || break; done; }',
].join('; ');

/**
 * Functions for `sh` on a host. `limit BYTES` keeps the first bytes of each output, from beside the process that writes them: a file
 * that has grown beyond is cut back, and goes on where its writer stands, so its length still counts all. The disk bears what
 * is written between two looks, which are rare while nothing is written, and end with the process `$pid`. `trim` cuts once, and leaves in `out.bytes` and
 * `err.bytes` how much there was.
 *
 * `attend` goes on with it as long as a process in the background has an output open, though the job has ended.
 */
export const limitFunctions = [
  'lengths() { ls -ln "$d/err" "$d/out"; }',
  'trim() { read -r most <"$d/limit" && lengths | for f in err out; do read -r mode links user group size rest || continue; [ "${size:-0}" -gt $most ] || continue',
  'was=0; [ -e "$d/$f.bytes" ] && read -r was <"$d/$f.bytes"; [ $size -le $was ] || echo $size >"$d/$f.bytes"',
  'dd if=/dev/null of="$d/$f" bs=1 seek=$most; done; } 2>/dev/null',
  'limit() { echo $1 >"$d/limit"; nap_s=1; seen=; while sleep $nap_s && [ -d "$d" ] && kill -0 $pid 2>/dev/null; do now=$(lengths 2>/dev/null); if [ "$now" = "$seen" ]; then [ $nap_s -ge 4 ] || nap_s=$((nap_s+1)); else nap_s=1; trim; seen=$(lengths 2>/dev/null); fi; done; }',
  'attend() { trim; while ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q -e "$v/out" -e "$v/err"; do sleep 60; trim; done; }',
].join('; ');

/** The words for these: whole days, as find(1) counts them, whole kilobytes, and bytes. */
export function spaceWords({ retentionMs, maxOutputBytes, maxTotalBytes }: HostSpace): readonly string[] {
  const days = Math.max(1, Math.ceil(retentionMs / 86_400_000));
  return [days, Math.ceil(maxTotalBytes / 1024), maxOutputBytes].map(String);
}
