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
  /** Of the whole stream, at that moment. */
  readonly sizeBytes: number;
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
  'size() { s=$(wc -c <"$d/$1") && echo $((s)); }',
  'state() { if [ -e "$d/exit" ]; then read -r st <"$d/exit"; return; fi; [ -d "$d" ] || { st="lost spool_gone"; return; }; ' +
    'read -r p begun up <"$d/info"; [ "$up" = - ] || [ "$up" = "$boot" ] || { st="lost host_restarted"; return; }; ' +
    'if [ "$begun" = - ]; then kill -0 $p 2>/dev/null; else [ "$(ticks $p)" = "$begun" ]; fi && { st=running; return; }; ' +
    'late=$((late+1)); if [ $late -le 40 ] || { [ -e "$d/timed_out" ] && [ $late -le 150 ]; }; then nap 9; state; elif [ -s "$d/code" ]; then read -r st <"$d/code"; else st="lost no_exit_record"; fi; }',
  'from() { f=$1; [ $f -lt 0 ] && f=$(($2+f)); [ $f -lt 0 ] && f=0; [ $f -gt $2 ] && f=$2; echo $f; }',
  'late=0; n=$7; while :; do { state; o=$(size out); e=$(size err); } 2>/dev/null; o=${o:-0}; e=${e:-0}; ' +
    '[ "$st" = running ] && [ $n -gt 0 ] && [ $o -le $5 ] && [ $e -le $6 ] || break; ' +
    'if sleep 0.2 2>/dev/null; then n=$((n-1)); else sleep 1; n=$((n-5)); fi; done',
  'a=$(from $1 $o); i=$((o-a)); [ $i -gt $2 ] && i=$2; c=$(from $3 $e); j=$((e-c)); [ $j -gt $4 ] && j=$4',
  'say $o $a $i $e $c $j $st; { [ $i -gt 0 ] && tail -c +$((a+1)) "$d/out" | head -c $i; [ $j -gt 0 ] && tail -c +$((c+1)) "$d/err" | head -c $j; } 2>/dev/null',
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
  const [outSize = 0, outFrom = 0, outBytes = 0, errSize = 0, errFrom = 0, errBytes = 0] = words
    .slice(0, 6)
    .map(Number);
  return {
    state: stateIn(words.slice(6)),
    stdout: { offset: outFrom, data: rest.subarray(0, outBytes), sizeBytes: outSize },
    stderr: { offset: errFrom, data: rest.subarray(outBytes, outBytes + errBytes), sizeBytes: errSize },
  };
}

function stateIn([kind, word = '', ...more]: readonly string[]): JobOnHost {
  if (kind === 'running') return { kind };
  if (kind === 'status' && /^\d{1,3}$/.test(word)) return { kind: 'ended', status: Number(word) };
  if (kind === 'timed_out') return { kind, stopped: readVerdict([word, ...more].join(' ')) };
  if (kind === 'lost' && (word === 'spool_gone' || word === 'host_restarted')) return { kind, reason: word };
  return { kind: 'lost', reason: 'no_exit_record' };
}
