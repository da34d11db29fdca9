import { createHash, randomBytes } from 'node:crypto';
import { TinyBrowser, type Page } from './tiny-browser.ts';

export const redirectUri = 'https://client.example/callback';

/** A registered client, as raw requests make it one. */
export interface TestClient {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly redirectUri: string;
}

export async function register(url: string, metadata: object = {}): Promise<TestClient> {
  const response = await postRegistration(url, { redirect_uris: [redirectUri], client_name: 'A client', ...metadata });
  const body = (await response.json()) as { client_id: string; client_secret?: string; redirect_uris: [string] };
  if (response.status !== 201) throw new Error(`registration: ${response.status} ${JSON.stringify(body)}`);
  return { clientId: body.client_id, clientSecret: body.client_secret, redirectUri: body.redirect_uris[0] };
}

export async function postRegistration(url: string, metadata: object | string): Promise<Response> {
  const body = typeof metadata === 'string' ? metadata : JSON.stringify(metadata);
  return await fetch(`${url}/register`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

export interface Attempt {
  readonly browser: TinyBrowser;
  /** The page that asks, or where the browser was sent instead. */
  readonly page: Page;
  readonly verifier: string;
}

/** The client sends a person's browser to us. Null leaves a parameter out. */
export async function beginLogin(
  url: string,
  client: Pick<TestClient, 'clientId' | 'redirectUri'>,
  parameters: Readonly<Record<string, string | null>> = {},
): Promise<Attempt> {
  const verifier = randomBytes(32).toString('base64url');
  const all = {
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    response_type: 'code',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'st+/=&#ate',
    resource: `${url}/mcp`,
    ...parameters,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(all)) if (value !== null) query.set(name, value);
  const browser = new TinyBrowser();
  return { browser, page: await browser.open(`${url}/authorize?${query.toString()}`), verifier };
}

export function stateOf(page: Page): string {
  return /name="state" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
}

/** The person pastes a token and allows it. */
export async function allow(url: string, { browser, page }: Attempt, token: string): Promise<Page> {
  return await browser.submit(`${url}/login/callback`, { state: stateOf(page), api_token: token, decision: 'allow' });
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly expires_in: number;
  readonly scope: string;
  readonly token_type: string;
}

export async function postToken(
  url: string,
  client: TestClient,
  form: Readonly<Record<string, string>>,
): Promise<Response> {
  const secret = client.clientSecret === undefined ? {} : { client_secret: client.clientSecret };
  return await fetch(`${url}/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: client.clientId, ...secret, ...form }),
  });
}

/** All of it: from the client's link to its tokens. */
export async function signIn(
  url: string,
  client: TestClient,
  { token, ...parameters }: Readonly<Record<string, string | null>> & { readonly token: string },
): Promise<Tokens> {
  const attempt = await beginLogin(url, client, parameters);
  const { leadsTo, status, text } = await allow(url, attempt, token);
  const code = leadsTo?.searchParams.get('code');
  if (!code) throw new Error(`no code: ${status} ${leadsTo?.href ?? text}`);
  const response = await exchange(url, client, { code, verifier: attempt.verifier });
  const body = await response.text();
  if (response.status !== 200) throw new Error(`no token: ${response.status} ${body}`);
  return JSON.parse(body) as Tokens;
}

export async function exchange(
  url: string,
  client: TestClient,
  { code, verifier }: { readonly code: string; readonly verifier: string },
): Promise<Response> {
  const form = { grant_type: 'authorization_code', code, redirect_uri: client.redirectUri, code_verifier: verifier };
  return await postToken(url, client, form);
}

export async function refresh(url: string, client: TestClient, token: string): Promise<Response> {
  return await postToken(url, client, { grant_type: 'refresh_token', refresh_token: token });
}

export async function revoke(url: string, client: TestClient, token: string): Promise<Response> {
  const secret = client.clientSecret === undefined ? {} : { client_secret: client.clientSecret };
  const body = new URLSearchParams({ client_id: client.clientId, ...secret, token });
  return await fetch(`${url}/revoke`, { method: 'POST', body });
}

/** What the gateway answers to a call with that token. */
export async function callTool(
  url: string,
  accessToken: string,
  name = 'list_servers',
  input: object = {},
): Promise<Response> {
  return await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: input } }),
  });
}
