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
import { approvalsPath, loginPath, pageOf, type HtmlText } from './page.ts';
import { problemNote, tokenField } from './token-field.ts';
import type { WebLogins } from './web-logins.ts';

/** The same for a token that is wrong, and for one that has no role. */
const notLetIn = 'This token is not known here, or has no role that lets its holder sign in.';

interface SignInParts {
  readonly services: ConsoleServices;
  readonly addressOf: AddressOf;
  readonly logins: WebLogins;
  readonly cookie: LoginCookie;
}

/** The page where a person pastes a token that has a role. */
export function addSignIn(app: Hono<ConsoleEnv>, { services, addressOf, logins, cookie }: SignInParts): void {
  const throttle = new LoginThrottle();

  app.get(loginPath, async (c) => await c.html(loginPage(ownPath(c.req.query('next')), undefined)));

  app.post(loginPath, async (c) => {
    const form = await c.req.parseBody();
    const next = ownPath(textIn(form, 'next'));
    const address = addressOf(c);
    const source = address ?? 'unknown';
    const waitS = throttle.waitS(source);
    if (waitS !== undefined) {
      c.header('retry-after', String(waitS));
      return await c.html(loginPage(next, `Too many attempts. Try again in ${Math.ceil(waitS / 60)} min.`), 429);
    }
    const caller = callerOf({ kind: 'bearer', token: textIn(form, 'token').trim(), address }, services);
    if (caller?.roles === undefined || caller.roles.size === 0) {
      throttle.failed(source);
      services.refusedLogin(source);
      return await c.html(loginPage(next, notLetIn), 401);
    }
    await services.recordLogin({ did: 'sign in', caller, address });
    endLogin(c, { logins, cookie });
    cookie.write(c, logins.begin(caller, caller.roles));
    return c.redirect(next ?? approvalsPath, 303);
  });
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

function loginPage(next: string | undefined, problem: string | undefined): HtmlText {
  const body = html`${problemNote(problem)}
    <form method="post" action="${loginPath}" class="card">
      ${next === undefined ? '' : html`<input type="hidden" name="next" value="${next}" />`}
      ${tokenField({ name: 'token', label: 'Token' }, problem)}
      <p>
        One with a role, from <code>sallyport token create NAME --role approver</code>. Only on a page of your own
        gateway: look at the address first.
      </p>
      <button type="submit">Sign in</button>
    </form>`;
  return pageOf({ title: 'Sign in', body, login: undefined });
}
