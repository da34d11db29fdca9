import { AsyncLocalStorage } from 'node:async_hooks';

/** Which call log lines are about that are written while it is worked on. */
export interface CallFields {
  readonly callId: string;
  /** As its client said it, in the format of W3C Trace Context. */
  readonly traceparent?: string | undefined;
}

interface Work {
  readonly fields: CallFields;
  isOver: boolean;
}

const works = new AsyncLocalStorage<Work>();

/** Every line that `work` and what it starts logs until it ends is about that call. */
export async function inCall<T>(fields: CallFields, work: () => Promise<T>): Promise<T> {
  const own: Work = { fields, isOver: false };
  try {
    return await works.run(own, work);
  } finally {
    // Connections and jobs outlive the call that opened them, and are not about it then.
    own.isOver = true;
  }
}

export function callFields(): CallFields | object {
  const work = works.getStore();
  return work === undefined || work.isOver ? {} : work.fields;
}
