import type { Scope } from '../identity/caller.ts';
import { everything, oauthScopes, scopeName } from './scopes.ts';

/** RFC 9728: what a client that has no token is told about where to get one. */
export interface ResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  readonly scopes_supported: readonly string[];
  readonly bearer_methods_supported: readonly string[];
}

/** Paths below which the resource is known, each with its own metadata document. */
const endpoints = ['', '/mcp', '/sse'] as const;
type Endpoint = (typeof endpoints)[number];

const wellKnown = '/.well-known/oauth-protected-resource';

/** The gateway as one protected resource under several names. */
export class Resources {
  /** The one name under which tokens are made for it: their audience (RFC 8707). */
  readonly audience: string;
  readonly #base: string;

  /** `base` is an origin. */
  constructor(base: string) {
    this.#base = base;
    this.audience = `${base}/mcp`;
  }

  get issuer(): string {
    return this.#base;
  }

  /** The audience, where that is what the client means: some name the gateway, some add a slash. Else what it said. */
  canonical(resource: string): string {
    const bare = resource.replace(/\/$/, '');
    return endpoints.some((endpoint) => bare === `${this.#base}${endpoint}`) ? this.audience : resource;
  }

  /** By path, the documents of RFC 9728, section 3.1. */
  documents(): ReadonlyMap<string, ResourceMetadata> {
    return new Map(
      endpoints.map((endpoint) => [
        `${wellKnown}${endpoint}`,
        {
          resource: `${this.#base}${endpoint}`,
          authorization_servers: [this.#base],
          scopes_supported: oauthScopes,
          bearer_methods_supported: ['header'],
        },
      ]),
    );
  }

  /** The answer to a token that is too narrow for a call, naming all it takes (RFC 6750, section 3.1). */
  insufficientScope(needed: readonly Scope[]): Response {
    const scopes = needed.map(scopeName);
    const description = 'This needs more than was granted: ask for these scopes';
    return Response.json(
      { error: 'insufficient_scope', error_description: description, scope: scopes.join(' ') },
      {
        status: 403,
        headers: {
          'www-authenticate': `Bearer error="insufficient_scope", error_description="${description}", ${this.challenge('/mcp', scopes)}`,
        },
      },
    );
  }

  /** Parameters of a challenge (RFC 6750, section 3; RFC 9728, section 5.1) on a request to `path`. */
  challenge(path: string, scopes: readonly string[] = [everything]): string {
    const bare = path.replace(/\/$/, '');
    const endpoint: Endpoint = endpoints.find((one) => one === bare) ?? '';
    return `scope="${scopes.join(' ')}", resource_metadata="${this.#base}${wellKnown}${endpoint}"`;
  }
}
