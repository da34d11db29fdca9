import { parentPort, workerData } from 'node:worker_threads';
import { AuditFile } from './audit-file.ts';
import type { AuditAnswer, AuditRequest, AuditWorkerData, NumberedRequest, WorkerMessage } from './audit-messages.ts';
import { explainFileError } from './sqlite-errors.ts';

/**
 * The thread that owns audit.db: a slow disk or a locked file stops it, and never the gateway's event loop.
 * It serves one request after the other.
 */
function serveAuditFile({ path, version }: AuditWorkerData): void {
  const file = new AuditFile({ path, version, warn: (text) => post({ kind: 'warning', text }) });
  let earlier = Promise.resolve();
  parentPort?.on('message', ({ id, request }: NumberedRequest) => {
    earlier = earlier.then(async () => post({ kind: 'answer', id, answer: await answerTo(file, request, path) }));
  });
}

function post(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

async function answerTo(file: AuditFile, request: AuditRequest, path: string): Promise<AuditAnswer> {
  try {
    return await serve(file, request);
  } catch (error) {
    return { kind: 'failed', reason: explainFileError(error, path) };
  }
}

async function serve(file: AuditFile, request: AuditRequest): Promise<AuditAnswer> {
  switch (request.kind) {
    case 'append':
      return { kind: 'done', refused: await file.append(request.records), head: file.head };
    case 'probe':
      await file.probe();
      return { kind: 'done', head: file.head };
    case 'recover':
      return { kind: 'recovered', outcomes: await file.recover() };
    case 'cut':
      return { kind: 'cut', more: await file.cut(request), head: file.head };
    case 'close':
      await file.close();
      return { kind: 'done', head: file.head };
  }
}

serveAuditFile(workerData);
