import { excerpt, wholeText, type Gap } from './excerpt.ts';
import { HeadAndTail } from './head-and-tail.ts';
import { streamNames, type Spool, type StreamName } from './spool.ts';

/** Changes a stream of bytes as it passes, piece by piece: takes the secrets out. */
export interface ByteFilter {
  push(chunk: Buffer): Buffer;
  end(): Buffer;
  /** How many were taken out until now. */
  readonly redactions: number;
}

/** What a command wrote, as it is shown, and where the rest is. */
export interface CollectedOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Something is missing from the texts. */
  readonly truncated: boolean;
  /** Under which the whole can be read; null when nothing is missing, or nothing could be kept. */
  readonly outputId: string | null;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  /** Secrets that were taken out. */
  readonly redactions: number;
}

/** How an output is shown that is too long. */
export interface ShowOptions {
  readonly inlineBytes?: number;
  /** The line that stands for what is missing; `kept` is undefined where the whole could not be kept. */
  /** Whether it is kept where nothing is missing from the texts, too. */
  readonly keep?: 'always';
  readonly describe?: (stream: StreamName, gap: Gap, kept: Spool | undefined) => string;
}

/** Where an output goes that is too long to be shown. */
export interface Shelf {
  /** Undefined when nothing can be kept. */
  open(): Spool | undefined;
  /** Makes it readable under its id; false when that failed. */
  keep(spool: Spool, bytes: Readonly<Record<StreamName, number>>): boolean;
  discard(spool: Spool): void;
}

/**
 * Takes a command's output as it arrives, in bounded memory: shows it whole when both streams together fit in
 * `inlineBytes`, else head and tail, the whole being on disk.
 *
 * Dispose it: an output that was not finished leaves nothing behind.
 */
export class OutputCollector implements Disposable {
  readonly #inlineBytes: number;
  readonly #shelf: Shelf;
  readonly #filters: Readonly<Record<StreamName, ByteFilter>>;
  readonly #streams: Readonly<Record<StreamName, HeadAndTail>>;
  /** `inline` while all of it is in memory. */
  #place: 'inline' | 'nowhere' | Spool = 'inline';
  #ended = false;
  #finished = false;

  constructor(inlineBytes: number, shelf: Shelf, filter: () => ByteFilter) {
    this.#inlineBytes = inlineBytes;
    this.#shelf = shelf;
    this.#filters = { stdout: filter(), stderr: filter() };
    this.#streams = { stdout: new HeadAndTail(inlineBytes), stderr: new HeadAndTail(inlineBytes) };
  }

  stdout(chunk: Buffer): void {
    this.#take('stdout', this.#filters.stdout.push(chunk));
  }

  stderr(chunk: Buffer): void {
    this.#take('stderr', this.#filters.stderr.push(chunk));
  }

  /** Call when no more is to come: the bytes that the whole takes as text; infinitely many where that is not to be had. */
  measure(): number {
    this.#end();
    const { stdout, stderr } = this.#streams;
    const need = byteLength(wholeText(stdout, this.#inlineBytes)) + byteLength(wholeText(stderr, this.#inlineBytes));
    return need <= this.#inlineBytes ? need : Infinity;
  }

  /** Call when no more is to come: the first bytes of standard output, as text. */
  beginning(bytes: number): string {
    this.#end();
    return this.#streams.stdout.first(bytes).toString();
  }

  /** Call once, when no more is to come. Shows at most `inlineBytes`, and no more than it was made for. */
  finish({ inlineBytes = this.#inlineBytes, describe = describeGap, keep }: ShowOptions = {}): CollectedOutput {
    this.#end();
    this.#finished = true;
    const { stdout, stderr } = this.#streams;
    const sizes = { stdoutBytes: stdout.bytes, stderrBytes: stderr.bytes, redactions: this.#redactions };
    const whole = { stdout: wholeText(stdout, inlineBytes), stderr: wholeText(stderr, inlineBytes) };
    const need = { stdout: byteLength(whole.stdout), stderr: byteLength(whole.stderr) };
    if (need.stdout + need.stderr <= inlineBytes) {
      const outputId = keep ? this.#keepWhole() : null;
      return { stdout: whole.stdout ?? '', stderr: whole.stderr ?? '', truncated: false, outputId, ...sizes };
    }
    this.#leaveMemory();
    const kept = this.#keep();
    const half = inlineBytes / 2;
    const show = (name: StreamName, other: StreamName): string => {
      const share = Math.max(half, inlineBytes - need[other]);
      if (need[name] <= share) return whole[name] ?? '';
      return excerpt(this.#streams[name], share, (gap) => describe(name, gap, kept));
    };
    const texts = { stdout: show('stdout', 'stderr'), stderr: show('stderr', 'stdout') };
    return { ...texts, truncated: true, outputId: kept?.id ?? null, ...sizes };
  }

  /** What there is until now; more may come. What is missing is said to be had from `get_job`. */
  soFar(): Omit<CollectedOutput, 'outputId'> {
    const { stdout, stderr } = this.#streams;
    const sizes = { stdoutBytes: stdout.bytes, stderrBytes: stderr.bytes, redactions: this.#redactions };
    const show = (stream: HeadAndTail): string =>
      wholeText(stream, this.#inlineBytes / 2) ??
      excerpt(
        stream,
        this.#inlineBytes / 2,
        ({ bytes, from }) => `[… ${bytes} bytes omitted; get_job with offset ${from} …]`,
      );
    const truncated = Math.max(stdout.bytes, stderr.bytes) > this.#inlineBytes / 2;
    return { stdout: show(stdout), stderr: show(stderr), truncated, ...sizes };
  }

  /** Bytes of what there is until now. */
  read(stream: StreamName, offset: number, maxBytes: number): Buffer {
    this.#leaveMemory();
    return typeof this.#place === 'object' ? this.#place.read(stream, offset, maxBytes) : Buffer.alloc(0);
  }

  [Symbol.dispose](): void {
    if (!this.#finished && typeof this.#place === 'object') this.#shelf.discard(this.#place);
    this.#finished = true;
  }

  get #redactions(): number {
    return this.#filters.stdout.redactions + this.#filters.stderr.redactions;
  }

  #take(name: StreamName, chunk: Buffer): void {
    if (this.#finished || this.#ended || chunk.length === 0) return;
    const { stdout, stderr } = this.#streams;
    if (stdout.bytes + stderr.bytes + chunk.length > this.#inlineBytes) this.#leaveMemory();
    if (typeof this.#place === 'object') this.#place.write(name, chunk);
    this.#streams[name].push(chunk);
  }

  /** Opens a place on disk and moves there what has come so far, which is all in the heads. */
  #leaveMemory(): void {
    if (this.#place !== 'inline') return;
    this.#place = this.#shelf.open() ?? 'nowhere';
    if (this.#place === 'nowhere') return;
    for (const name of streamNames) this.#place.write(name, this.#streams[name].first(this.#inlineBytes));
  }

  #keepWhole(): string | null {
    const { stdout, stderr } = this.#streams;
    if (stdout.bytes + stderr.bytes === 0) return null;
    this.#leaveMemory();
    return this.#keep()?.id ?? null;
  }

  #keep(): Spool | undefined {
    if (typeof this.#place !== 'object') return undefined;
    const bytes = { stdout: this.#streams.stdout.bytes, stderr: this.#streams.stderr.bytes };
    return this.#shelf.keep(this.#place, bytes) ? this.#place : undefined;
  }

  #end(): void {
    if (this.#ended) return;
    for (const stream of streamNames) this.#take(stream, this.#filters[stream].end());
    this.#ended = true;
  }
}

function byteLength(whole: string | undefined): number {
  return whole === undefined ? Infinity : Buffer.byteLength(whole);
}

/** Names the exact next call, and says so when not all of the gap can be had by it. */
function describeGap(stream: StreamName, gap: Gap, kept: Spool | undefined): string {
  const available = kept === undefined ? 0 : Math.max(0, kept.kept(stream) - gap.from);
  if (kept === undefined || available === 0) return `[… ${gap.bytes} bytes omitted, not kept …]`;
  const lost = Math.max(0, gap.bytes - available);
  const call = `read_output {"output_id": "${kept.id}", "stream": "${stream}", "offset": ${gap.from}}`;
  return `[… ${gap.bytes} bytes omitted${lost > 0 ? `, ${lost} of them not kept` : ''}; ${call} …]`;
}
