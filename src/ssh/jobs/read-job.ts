import type { Connection } from '../connect/connection.ts';
import type { RunMark } from '../runs/run-mark.ts';
import { readVerdict } from '../runs/stop.ts';
import type { Stopped } from '../access.ts';
import { askAboutJob, type Answer } from './ask.ts';
import { spoolCommand } from './spool.ts';

/** How a job stands on its host. */
export type JobOnHost =
  | { readonly kind: 'running' }
  /** The status as the shell has it: above 128, the number of a signal is in it. */
  | { readonly kind: 'ended'; readonly status: number }
  | { readonly kind: 'timed_out'; readonly stopped: Stopped }
  | { readonly kind: 'lost'; readonly reason: 'spool_gone' | 'host_restarted' | 'no_exit_record' };

/** A part of one stream. Counted from the end where `offset` is negative. */
export interface PartWanted {
  readonly offset: number;
  readonly maxBytes: number;
}

export interface JobQuestion {
  readonly stdout: PartWanted;
  readonly stderr: PartWanted;
  /** Waits until one of the streams is longer than that, or the job has ended. */
  readonly news?: News;
}

export interface News {
  readonly stdoutAfter: number;
  readonly stderrAfter: number;
  readonly waitMs: number;
}

export interface JobPart {
  /** Where it begins. */
  readonly offset: number;
  readonly data: Buffer;
  /** Of the whole stream, at that moment, as far as it is kept. */
  readonly sizeBytes: number;
  /** With what was not kept. */
  readonly writtenBytes: number;
}

export interface JobReport {
  readonly state: JobOnHost;
  readonly stdout: JobPart;
  readonly stderr: JobPart;
}

/** How long the host may take to answer, besides what it is told to wait. */
const answerMs = 20_000;

/** A process that has ended has left its word, or does so within a moment. */
const script = [
  'sizes() { ls -ln "$d/err" "$d/out" | { read -r mode links user group e rest; read -r mode links user group o rest; echo ${o:-0} ${e:-0}; }; }',
  // Beyond its limit, a file is about to be cut back.
  'measure() { pair=$(sizes); o=${pair% *}; e=${pair#* }; ow=$o; ew=$e; read -r most <"$d/limit" || most=999999999999999; [ $o -gt $most ] && o=$most; [ $e -gt $most ] && e=$most; }',
  'all() { t=$2; [ -e "$d/$1.bytes" ] && read -r t <"$d/$1.bytes"; [ $t -gt $2 ] || t=$2; echo $t; }',
  'state() { if [ -e "$d/exit" ]; then read -r st <"$d/exit"; return; fi; [ -d "$d" ] || { st="lost spool_gone"; return; }; ' +
    'read -r p begun up <"$d/info"; [ "$up" = - ] || [ "$up" = "$boot" ] || { st="lost host_restarted"; return; }; ' +
    'if [ "$begun" = - ]; then kill -0 $p 2>/dev/null; else [ "$(ticks $p)" = "$begun" ]; fi && { st=running; return; }; ' +
    'late=$((late+1)); if [ $late -le 40 ] || { [ -e "$d/timed_out" ] && [ $late -le 150 ]; }; then nap 9; state; elif [ -s "$d/code" ]; then read -r st <"$d/code"; else st="lost no_exit_record"; fi; }',
  'from() { f=$1; [ $f -lt 0 ] && f=$(($2+f)); [ $f -lt 0 ] && f=0; [ $f -gt $2 ] && f=$2; echo $f; }',
  'late=0; n=$7; while :; do { state; measure; } 2>/dev/null; ' +
    '[ "$st" = running ] && [ $n -gt 0 ] && [ $o -le $5 ] && [ $e -le $6 ] || break; ' +
    'if sleep 0.2 2>/dev/null; then n=$((n-1)); else sleep 1; n=$((n-5)); fi; done',
  'a=$(from $1 $o); i=$((o-a)); [ $i -gt $2 ] && i=$2; c=$(from $3 $e); j=$((e-c)); [ $j -gt $4 ] && j=$4',
  'say $o $a $i $(all out $ow) $e $c $j $(all err $ew) $st; { [ $i -gt 0 ] && tail -c +$((a+1)) "$d/out" | head -c $i; [ $j -gt 0 ] && tail -c +$((c+1)) "$d/err" | head -c $j; } 2>/dev/null',
].join('; ');

/** How a job stands, and parts of what it wrote; in one question, however long that waits. */
export async function readJob(
  connection: Connection,
  mark: RunMark,
  asked: JobQuestion,
  signal: AbortSignal,
): Promise<JobReport> {
  const { stdout, stderr, news = { stdoutAfter: 0, stderrAfter: 0, waitMs: 0 } } = asked;
  const { stdoutAfter, stderrAfter, waitMs } = news;
  const parts = [stdout.offset, stdout.maxBytes, stderr.offset, stderr.maxBytes];
  const words = [...parts, stdoutAfter, stderrAfter, Math.round(waitMs / 200)];
  const answer = await askAboutJob(connection, spoolCommand(script, mark, words.map(String)), {
    maxBytes: stdout.maxBytes + stderr.maxBytes + 64 * 1024,
    timeoutMs: waitMs + answerMs,
    signal,
  });
  return reportIn(answer);
}

function reportIn({ words, rest }: Answer): JobReport {
  const numbers = words.slice(0, 8).map(Number);
  const part = ([sizeBytes = 0, offset = 0, , writtenBytes = 0]: readonly number[], data: Buffer): JobPart => {
    return { offset, data, sizeBytes, writtenBytes: Math.max(sizeBytes, writtenBytes) };
  };
  const [outBytes = 0, errBytes = 0] = [numbers[2], numbers[6]];
  return {
    state: stateIn(words.slice(8)),
    stdout: part(numbers.slice(0, 4), rest.subarray(0, outBytes)),
    stderr: part(numbers.slice(4), rest.subarray(outBytes, outBytes + errBytes)),
  };
}

function stateIn([kind, word = '', ...more]: readonly string[]): JobOnHost {
  if (kind === 'running') return { kind };
  if (kind === 'status' && /^\d{1,3}$/.test(word)) return { kind: 'ended', status: Number(word) };
  if (kind === 'timed_out') return { kind, stopped: readVerdict([word, ...more].join(' ')) };
  if (kind === 'lost' && (word === 'spool_gone' || word === 'host_restarted')) return { kind, reason: word };
  return { kind: 'lost', reason: 'no_exit_record' };
}
