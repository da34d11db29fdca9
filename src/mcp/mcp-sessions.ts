import type { Server, Transport } from '@modelcontextprotocol/server';
import type { Caller } from '../identity/caller.ts';

export interface McpSessionLimits {
  readonly maxPerCaller: number;
  readonly maxTotal: number;
  /** A session that was not used for this long, and to which no client listens, is ended. */
  readonly idleMs: number;
}

/** What the client of a session talks to. */
export interface McpSessionTransport extends Transport {
  /** Names the session, and cannot be guessed. */
  readonly id: string;
  /** Whether it is in use at this moment: then it is never ended to make room, nor for being idle. */
  readonly busy: boolean;
  /** Ends the streams on which the client only listens. */
  endListening(): void;
}

interface McpSession<T> {
  readonly caller: Caller;
  readonly transport: T;
  lastUsedMs: number;
}

/**
 * The sessions of one kind of transport.
 *
 * An id is a name, not a credential: every request is authenticated by itself, and a session serves only the
 * credential that opened it. It ends at once when that credential is revoked.
 */
export class McpSessions<T extends McpSessionTransport> implements AsyncDisposable {
  readonly #sessions = new Map<string, McpSession<T>>();
  readonly #limits: McpSessionLimits;
  readonly #create: { readonly server: () => Server; readonly transport: () => T };
  readonly #sweep: NodeJS.Timeout;

  constructor(create: { readonly server: () => Server; readonly transport: () => T }, limits: McpSessionLimits) {
    this.#create = create;
    this.#limits = limits;
    this.#sweep = setInterval(() => this.#endIdle(), Math.max(10, limits.idleMs / 10)).unref();
  }

  /**
   * A new session, or undefined when there is no room.
   *
   * A caller at its own limit loses its least recently used idle session first, never another caller's.
   */
  async open(caller: Caller): Promise<T | undefined> {
    if (caller.revoked.aborted || !this.#makeRoom(caller)) return undefined;
    const transport = this.#create.transport();
    const { id } = transport;
    const server = this.#create.server();
    const end = (): void => void transport.close();
    server.onclose = () => {
      caller.revoked.removeEventListener('abort', end);
      this.#sessions.delete(id);
    };
    this.#sessions.set(id, { caller, transport, lastUsedMs: performance.now() });
    caller.revoked.addEventListener('abort', end, { once: true });
    await server.connect(transport);
    return transport;
  }

  /** The session of that id, if this caller's credential opened it; whether it exists for another is not told. */
  find(id: string, caller: Caller): T | undefined {
    const session = this.#sessions.get(id);
    if (!session || !isSameCredential(session.caller, caller)) return undefined;
    session.lastUsedMs = performance.now();
    return session.transport;
  }

  endListening(): void {
    for (const { transport } of this.#sessions.values()) transport.endListening();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweep);
    await Promise.all([...this.#sessions.values()].map(({ transport }) => transport.close()));
  }

  #makeRoom(caller: Caller): boolean {
    const own = [...this.#sessions.values()].filter((session) => isSameCredential(session.caller, caller));
    if (own.length >= this.#limits.maxPerCaller) {
      const [oldest] = own.filter(isIdle).sort((a, b) => a.lastUsedMs - b.lastUsedMs);
      if (!oldest) return false;
      void oldest.transport.close();
    }
    return this.#sessions.size < this.#limits.maxTotal;
  }

  #endIdle(): void {
    const before = performance.now() - this.#limits.idleMs;
    for (const session of this.#sessions.values()) {
      if (isIdle(session) && session.lastUsedMs < before) void session.transport.close();
    }
  }
}

function isIdle(session: McpSession<McpSessionTransport>): boolean {
  return !session.transport.busy;
}

function isSameCredential(a: Caller, b: Caller): boolean {
  return a.principal === b.principal && a.name === b.name;
}
