import { isLoopbackName } from '../base/outbound-address.ts';
import type { Secret } from '../base/secret.ts';
import type { Settings } from './schema.ts';

/** Where clients sign in over OAuth, or undefined where that is off. */
export function oauthOriginOf(settings: Settings): string | undefined {
  const { oauthEnabled, publicBaseUrl, tlsCertFile, host, port, googleClientId } = settings;
  const suggestsIt =
    googleClientId !== undefined || (publicBaseUrl?.startsWith('https:') === true && !hasPath(publicBaseUrl));
  const isOn = oauthEnabled === 'auto' ? suggestsIt : oauthEnabled;
  if (!isOn) return undefined;
  if (publicBaseUrl !== undefined) return publicBaseUrl;
  const name = ['0.0.0.0', '::', '[::]', '127.0.0.1'].includes(host) ? '127.0.0.1' : host;
  return `${tlsCertFile === undefined ? 'http' : 'https'}://${name}:${port}`;
}

function isEncrypted(url: string | undefined): boolean {
  const { protocol, hostname } = URL.parse(url ?? '') ?? { protocol: 'https:', hostname: '' };
  return protocol === 'https:' || isLoopbackName(hostname);
}

/** Its documents have their places at the root (RFC 8414, RFC 9728). */
function hasPath(url: string): boolean {
  return URL.parse(url)?.pathname !== '/';
}

/** Why the authorization server cannot be at that origin. */
export function oauthProblems(origin: string | undefined, settings: Settings): readonly string[] {
  if (origin === undefined) return [];
  const problems: string[] = [];
  if (!isEncrypted(origin)) {
    problems.push('PUBLIC_BASE_URL: Issuer URL must be HTTPS where OAuth is on, unless it is of this machine');
  }
  if (hasPath(origin)) problems.push('PUBLIC_BASE_URL: must have no path where OAuth is on');
  if (settings.publicBaseUrl === undefined && settings.port === 0) {
    problems.push('PUBLIC_BASE_URL: must be set where OAuth is on and the port is any');
  }
  const { chatgptClientId, chatgptClientSecret, chatgptRedirectUri } = settings;
  if (chatgptClientSecret !== undefined && (chatgptClientId === undefined || chatgptRedirectUri === undefined)) {
    problems.push('CHATGPT_CLIENT_SECRET: needs CHATGPT_CLIENT_ID and CHATGPT_REDIRECT_URI');
  }
  if (settings.oidcIssuer !== undefined && settings.oidcClientId === undefined) {
    problems.push('OIDC_CLIENT_ID: must be set where OIDC_ISSUER is');
  }
  if (!isEncrypted(settings.oidcIssuer)) problems.push('OIDC_ISSUER: must be https, unless it is of this machine');
  if (chatgptRedirectUri !== undefined && !URL.canParse(chatgptRedirectUri)) {
    problems.push('CHATGPT_REDIRECT_URI: must be a URL');
  }
  const secrets = { SESSION_SECRET: settings.sessionSecret, CHATGPT_CLIENT_SECRET: chatgptClientSecret };
  return [...problems, ...Object.entries(secrets).flatMap(([name, secret]) => weaknessOf(name, secret))];
}

const leastLength = 32;
const leastDistinct = 8;
/** As it stands in the seeds' example files, and in everybody's. */
const example = /^(?:your[-_]|change[-_]?me|replace[-_]|example|generate[-_]|\$\{|<)/i;

function weaknessOf(name: string, secret: Secret | undefined): readonly string[] {
  if (secret === undefined) return [];
  const value = secret.reveal();
  const isStrong = value.length >= leastLength && new Set(value).size >= leastDistinct && !example.test(value);
  return isStrong
    ? []
    : [`${name}: is an example or has fewer than ${leastLength} characters. Make one: openssl rand -hex 32`];
}
