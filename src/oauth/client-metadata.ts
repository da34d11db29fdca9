import { meantScopes, oauthScopes } from './scopes.ts';

type Metadata = Readonly<Record<string, unknown>>;

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Schemes that browsers themselves run or read. An app's own is any other (RFC 8252, section 7.1). */
const ofBrowsers = new Set([
  'javascript:',
  'vbscript:',
  'data:',
  'blob:',
  'file:',
  'filesystem:',
  'about:',
  'view-source:',
  'ws:',
  'wss:',
  'ftp:',
]);

/**
 * What a client says of itself (RFC 7591), as the authorization server takes it; undefined for redirects that are never
 * let in: unencrypted ones to other computers, and what a browser would run.
 *
 * A client that comes back to its own computer is a native one, also where it does not say so: the port is then not
 * compared (RFC 8252, section 7.3). What it may be granted is decided at each consent, so it may ask for more later than
 * it thought of at first.
 */
export function clientMetadata(said: Metadata): Metadata | undefined {
  const { scope, ...rest } = said;
  const redirects = redirectsIn(said['redirect_uris']);
  if (redirects.some(isForbidden)) return undefined;
  return {
    ...rest,
    ...(said['application_type'] === undefined && redirects.some(isOwnComputer) && { application_type: 'native' }),
    scope: isKnown(scope) ? oauthScopes.join(' ') : scope,
  };
}

function redirectsIn(uris: unknown): readonly URL[] {
  const all: readonly unknown[] = Array.isArray(uris) ? uris : [];
  return all.flatMap((uri) => (typeof uri === 'string' ? (URL.parse(uri) ?? []) : []));
}

function isForbidden(url: URL): boolean {
  return ofBrowsers.has(url.protocol) || (url.protocol === 'http:' && !loopback.has(url.hostname));
}

function isOwnComputer({ protocol, hostname }: URL): boolean {
  return protocol !== 'https:' && (protocol !== 'http:' || loopback.has(hostname));
}

function isKnown(scope: unknown): boolean {
  if (scope === undefined || scope === null || scope === '') return true;
  return typeof scope === 'string' && meantScopes(scope).every((one) => oauthScopes.includes(one));
}
