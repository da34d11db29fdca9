import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { GatewayError } from '../base/errors.ts';
import type { Credential } from '../identity/authenticate.ts';
import type { Caller } from '../identity/caller.ts';
import type { AddressOf, ConsoleEnv, ConsoleServices } from './console.ts';
import { textIn } from './forms.ts';
import type { LoginCookie } from './login-cookie.ts';
import { LoginThrottle } from './login-throttle.ts';
import { ownPath } from './own-path.ts';
import { approvalsPath, bouncePage, loginPath, pageHeaders, pageOf, type HtmlText } from './page.ts';
import { problemNote, tokenField } from './token-field.ts';
import type { Authority, WebLogins } from './web-logins.ts';

/** Begins a person's login, and leads to the page that was wanted; or says that the account has no role. */
export type LetIn = (c: Context, authority: Authority, next: string | undefined) => Promise<Response>;

/** The same for a token that is wrong, and for one that has no role. */
const notLetIn = 'This token is not known here, or has no role that lets its holder sign in.';

interface SignInParts {
  readonly services: ConsoleServices;
  readonly addressOf: AddressOf;
  readonly logins: WebLogins;
  readonly cookie: LoginCookie;
}

const hasNoRole = 'The operator has given this account no role that lets it sign in here.';

/** The page where a person pastes a token that has a role. */
export function addSignIn(app: Hono<ConsoleEnv>, parts: SignInParts): void {
  const { services, addressOf } = parts;
  const { issuers } = services;
  const throttle = new LoginThrottle();

  app.get(loginPath, async (c) => await c.html(loginPage({ next: ownPath(c.req.query('next')), issuers })));

  app.post(loginPath, async (c) => {
    const form = await c.req.parseBody();
    const next = ownPath(textIn(form, 'next'));
    const address = addressOf(c);
    const source = address ?? 'unknown';
    const waitS = throttle.waitS(source);
    if (waitS !== undefined) {
      c.header('retry-after', String(waitS));
      const problem = `Too many attempts. Try again in ${Math.ceil(waitS / 60)} min.`;
      return await c.html(loginPage({ next, issuers, problem }), 429);
    }
    const token = textIn(form, 'token').trim();
    const authority: Authority = (from) => callerOf({ kind: 'bearer', token, address: from }, services);
    if (!(await beginLogin(c, authority, parts))) {
      throttle.failed(source);
      services.refusedLogin(source);
      return await c.html(loginPage({ next, issuers, problem: notLetIn }), 401);
    }
    return c.redirect(next ?? approvalsPath, 303);
  });
}

/** For people who come back from another site: what it began has no cookie yet, what our own page leads to has. */
export function letInAt(parts: SignInParts): LetIn {
  const { issuers, refusedLogin } = parts.services;
  return async (c, authority, next) => {
    for (const [name, value] of Object.entries(pageHeaders)) c.header(name, value);
    if (await beginLogin(c, authority, parts)) return await c.html(bouncePage(ownPath(next) ?? approvalsPath));
    refusedLogin(parts.addressOf(c) ?? 'unknown');
    return await c.html(loginPage({ next: ownPath(next), issuers, problem: hasNoRole }), 403);
  };
}

/** False where the authority gives no role. */
async function beginLogin(
  c: Context,
  authority: Authority,
  { services, addressOf, logins, cookie }: SignInParts,
): Promise<boolean> {
  const address = addressOf(c);
  const caller = authority(address);
  if (caller?.roles === undefined || caller.roles.size === 0) return false;
  await services.recordLogin({ did: 'sign in', caller, address });
  endLogin(c, { logins, cookie });
  cookie.write(c, logins.begin(caller, authority));
  return true;
}

/** Also where a person signs in anew. */
export function endLogin(c: Context, { logins, cookie }: Pick<SignInParts, 'logins' | 'cookie'>): void {
  const id = cookie.read(c);
  if (id !== undefined) logins.end(id);
  cookie.clear(c);
}

function callerOf(credential: Credential, { authenticate }: ConsoleServices): Caller | undefined {
  try {
    return authenticate(credential);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'unauthenticated') return undefined;
    throw error;
  }
}

interface LoginPage {
  readonly next: string | undefined;
  readonly issuers: readonly string[];
  readonly problem?: string;
}

function loginPage({ next, issuers, problem }: LoginPage): HtmlText {
  const body = html`${problemNote(problem)}
    <form method="post" action="${loginPath}" class="card">
      ${next === undefined ? '' : html`<input type="hidden" name="next" value="${next}" />`}
      ${tokenField({ name: 'token', label: 'Token' }, problem)}
      <p>
        One with a role, from <code>sallyport token create NAME --role approver</code>. Only on a page of your own
        gateway: look at the address first.
      </p>
      <button type="submit">Sign in</button>
    </form>
    ${issuers.map((issuer) => html`<p><a href="${linkTo(issuer, next)}">Sign in with ${issuer} instead</a></p>`)}`;
  return pageOf({ title: 'Sign in', body, login: undefined });
}

function linkTo(issuer: string, next: string | undefined): string {
  return `/login/elsewhere?${new URLSearchParams({ with: issuer, ...(next !== undefined && { next }) }).toString()}`;
}
