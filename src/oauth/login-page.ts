import { html } from 'hono/html';
import { isLoopbackName } from '../base/outbound-address.ts';
import { neutraliseLine } from '../base/untrusted-text.ts';
import { pageHeaders, pageOf, type HtmlText } from '../console/page.ts';
import { problemNote, tokenField } from '../console/token-field.ts';
import { everything } from './scopes.ts';

/** What a person is asked, before anything is granted. */
export interface LoginQuestion {
  /** Names this login; goes back with the form. */
  readonly state: string;
  readonly client: { readonly id: string; readonly name: string | undefined };
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  /** Who signed in elsewhere; undefined: a token is asked for. */
  readonly signedInAs: string | undefined;
  /** Names of other places where one can sign in. */
  readonly otherWays: readonly string[];
  readonly problem: string | undefined;
}

const maxName = 60;

const meanings: Readonly<Record<string, string>> = {
  [everything]: 'everything that you may do',
  'mcp:read': 'read files, logs and the state of services',
  'mcp:execute': 'run commands',
  'mcp:write': 'change files',
  'mcp:install': 'install packages',
  'mcp:manage': 'manage',
};

/** Where the answer goes: what nobody can make up, since it was checked against what the client registered. */
export function destinationOf(redirectUri: string): string {
  const { protocol, host, hostname } = new URL(redirectUri);
  if (isLoopbackName(hostname)) return 'a program on your own computer';
  return protocol === 'https:' || protocol === 'http:' ? host : `the app for ${protocol} on your own computer`;
}

/** The headers of the page. After its form, browsers must let us send them on to the client, and nowhere else. */
export function loginPageHeaders(redirectUri: string): Readonly<Record<string, string>> {
  const { protocol, origin } = new URL(redirectUri);
  const target = origin === 'null' ? protocol : origin;
  const policy = pageHeaders['content-security-policy'].replace("form-action 'self'", `form-action 'self' ${target}`);
  return { ...pageHeaders, 'content-security-policy': policy };
}

export function loginPage(question: LoginQuestion): HtmlText {
  const { state, redirectUri, scopes, signedInAs, problem } = question;
  const body = html`${problemNote(problem)}
    <p>
      <strong>${clientNameOf(question)}</strong> asks for access to this gateway. That name is its own claim. If you
      allow it, the access goes to <strong>${destinationOf(redirectUri)}</strong>.
    </p>
    <h2>What it gets</h2>
    <ul>
      ${scopes.map((scope) => html`<li>${meanings[scope] ?? scope}</li>`)}
    </ul>
    <p>
      On the servers that you may use, under the same policy and record as you, until you or the operator revoke it.
    </p>
    <form method="post" action="/login/callback" class="card">
      <input type="hidden" name="state" value="${state}" />
      ${signedInAs === undefined ? askForToken(problem) : html`<p>You are <strong>${neutraliseLine(signedInAs)}</strong>.</p>`}
      <p>Allow it only if you have just asked ${clientNameOf(question)} to connect.</p>
      <button type="submit" name="decision" value="allow">Allow</button>
      <button type="submit" name="decision" value="deny" formnovalidate>Deny</button>
    </form>
    ${otherWays(question)}`;
  return pageOf({ title: 'Allow access?', body, login: undefined });
}

/** What the client calls itself is anybody's choice. */
function clientNameOf({ client }: LoginQuestion): string {
  const name = neutraliseLine(client.name ?? '').trim();
  const own = name === '' ? 'A program without a name' : name.slice(0, maxName);
  return URL.canParse(client.id) ? `${own} (${new URL(client.id).host})` : own;
}

function askForToken(problem: string | undefined): HtmlText {
  return html`${tokenField({ name: 'api_token', label: 'Your API token' }, problem)}
    <p>From <code>sallyport token create</code>. The program never sees it: it gets an access of its own.</p>`;
}

function otherWays({ otherWays: names, state, signedInAs }: LoginQuestion): readonly HtmlText[] {
  if (signedInAs !== undefined) return [];
  const link = (name: string): string => `/login/elsewhere?${new URLSearchParams({ state, with: name }).toString()}`;
  return names.map((name) => html`<p><a href="${link(name)}">Sign in with ${name} instead</a></p>`);
}

export function refusedPage(why = 'This login is over, or was begun in another browser.'): HtmlText {
  const body = html`<p role="alert">${why}</p>
    <p>Go back to the program that sent you here, and begin again.</p>`;
  return pageOf({ title: 'This login cannot go on', body, login: undefined });
}
