import { withoutBrackets } from './check-bind.ts';

export interface NameOptions {
  readonly host: string;
  readonly publicBaseUrl: string | undefined;
  /** Further host names; a port among them does not count. */
  readonly allowedHosts: readonly string[];
  /** Further origins, as browsers send them: `scheme://host[:port]`. */
  readonly allowedOrigins: readonly string[];
}

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/** Addresses that stand for all: nobody is meant to use them as a name. */
const wildcards = new Set(['0.0.0.0', '::', '']);

/** RFC 9112, section 3.2: a name or an address in brackets, and perhaps a port. */
const hostHeader = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i;

/**
 * The names under which requests may come in: against DNS rebinding, where a page of the attacker's reaches us under
 * a name of his, and against pages of other origins.
 */
export class AllowedNames {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;

  /** `port` is the one we listen on. */
  constructor(options: NameOptions, port: number) {
    const bound = withoutBrackets(options.host).toLowerCase();
    const own = [...loopbackNames, ...(wildcards.has(bound) ? [] : [bound.includes(':') ? `[${bound}]` : bound])];
    const base = options.publicBaseUrl === undefined ? null : URL.parse(options.publicBaseUrl);
    this.#hosts = new Set([
      ...own,
      ...(base ? [base.hostname] : []),
      ...options.allowedHosts.map((name) => lower(hostHeader.exec(name)?.[1] ?? name)),
    ]);
    const ownOrigins = own.flatMap((name) => [`http://${name}:${port}`, `https://${name}:${port}`]);
    this.#origins = new Set([
      ...ownOrigins.flatMap((origin) => URL.parse(origin)?.origin ?? []),
      ...(base ? [base.origin] : []),
      ...options.allowedOrigins.map(lower),
    ]);
  }

  allowsHost(header: string | undefined): boolean {
    const name = hostHeader.exec(header ?? '')?.[1];
    return name !== undefined && this.#hosts.has(lower(name));
  }

  /** Only browsers send an origin; what sends none is no page. */
  allowsOrigin(header: string | undefined): boolean {
    return header === undefined || this.#origins.has(lower(header));
  }
}

function lower(text: string): string {
  return text.toLowerCase();
}
