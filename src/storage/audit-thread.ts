import { Worker } from 'node:worker_threads';
import type { AuditAnswer, AuditRequest, AuditWorkerData, NumberedRequest, WorkerMessage } from './audit-messages.ts';

/** Longer than every wait inside the worker together, so that it ends only what hangs. */
const defaultAnswerTimeoutMs = 15_000;

interface Waiting {
  readonly settle: (answer: AuditAnswer) => void;
  readonly timer: NodeJS.Timeout;
}

export interface AuditThreadOptions extends AuditWorkerData {
  readonly warn: (text: string) => void;
  readonly answerTimeoutMs?: number;
}

/** The audit worker as the gateway sees it: started when first asked, and again when it crashed or hung. */
export class AuditThread {
  readonly #options: AuditThreadOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;

  constructor(options: AuditThreadOptions) {
    this.#options = options;
  }

  /** Never rejects: a worker that dies or hangs is an answer too. */
  ask(request: AuditRequest): Promise<AuditAnswer> {
    return new Promise((resolve) => {
      const worker = (this.#worker ??= this.#start());
      this.#lastId += 1;
      const id = this.#lastId;
      const { answerTimeoutMs = defaultAnswerTimeoutMs } = this.#options;
      const timer = setTimeout(() => {
        this.#abandon(worker, 'the disk did not answer in time; see whether it hangs');
      }, answerTimeoutMs);
      this.#waiting.set(id, { settle: resolve, timer });
      // Only a request under way keeps the process alive.
      worker.ref();
      worker.postMessage({ id, request } satisfies NumberedRequest);
    });
  }

  /** Closes the file first, when it can be closed. */
  async end(): Promise<void> {
    if (!this.#worker) return;
    await this.ask({ kind: 'close' });
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    const { path, version } = this.#options;
    const worker = new Worker(workerFile(), {
      name: 'audit',
      workerData: { path, version } satisfies AuditWorkerData,
      env: {},
      execArgv: [],
    });
    worker.on('message', (message: WorkerMessage) => this.#receive(worker, message));
    worker.on('error', (error) => this.#abandon(worker, `the audit thread failed (${error.message})`));
    worker.on('exit', (code) => this.#abandon(worker, `the audit thread ended with ${code}`));
    return worker;
  }

  #receive(worker: Worker, message: WorkerMessage): void {
    if (worker !== this.#worker) return;
    switch (message.kind) {
      case 'warning':
        this.#options.warn(message.text);
        return;
      case 'answer':
        this.#settle(message.id, message.answer);
        if (this.#waiting.size === 0) worker.unref();
    }
  }

  #settle(id: number, answer: AuditAnswer): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.settle(answer);
  }

  /** What it was doing may or may not be on disk. A new worker writes a chain of its own, so neither can harm. */
  #abandon(worker: Worker, reason: string): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    worker.unref();
    void worker.terminate();
    for (const id of this.#waiting.keys()) this.#settle(id, { kind: 'failed', reason });
  }
}

/** In a bundle the worker is a file of its own beside it. */
function workerFile(): URL {
  const name = import.meta.url.endsWith('.ts') ? './audit-worker.ts' : './audit-worker.js';
  return new URL(name, import.meta.url);
}
