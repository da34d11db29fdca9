import { Hono, type Context } from 'hono';
import { html } from 'hono/html';
import type { Approvals } from '../approvals/approvals.ts';
import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Authenticate } from '../identity/authenticate.ts';
import type { Caller } from '../identity/caller.ts';
import { addApprovalPages } from './approval-routes.ts';
import { isOwnForm, ownFormsOnly, smallForms } from './forms.ts';
import type { Live } from './live.ts';
import { addLivePage } from './live-routes.ts';
import { loginCookie } from './login-cookie.ts';
import { ownPath } from './own-path.ts';
import { bouncePage, loginPath, logoutPath, pageHeaders, pageOf, stylePath } from './page.ts';
import { addSignIn, endLogin, letInAt, type LetIn } from './sign-in.ts';
import { style } from './style.ts';
import { WebLogins, type WebLogin } from './web-logins.ts';

export interface ConsoleServices {
  readonly authenticate: Authenticate;
  /** Resolves once nobody has authority whom the files, as they are now, give none. */
  readonly takeInAuthority: () => Promise<void>;
  /** Names of issuers at which people can sign in. */
  readonly issuers: readonly string[];
  readonly approvals: Pick<Approvals, 'pending' | 'settled' | 'find' | 'decide'>;
  readonly live: Live;
  /** Told of every token that lets nobody in. */
  readonly refusedLogin: (address: string) => void;
  /** Rejects where it cannot be recorded. */
  readonly recordLogin: (login: LoginNote) => Promise<void>;
  /** `secure`: browsers reach us by https. */
  readonly transport: 'secure' | 'plain';
  readonly publicBaseUrl: string | undefined;
  readonly log: Log;
}

export interface LoginNote {
  readonly did: 'sign in' | 'sign out';
  readonly caller: Caller;
  readonly address: string | undefined;
}

/** Whose request it is; undefined where that cannot be told. */
export type AddressOf = (c: Context) => string | undefined;

export interface ConsoleEnv {
  readonly Variables: { login: WebLogin; isSignedIn: () => boolean };
}

const paths = ['/console', '/console/*', '/approvals', '/approvals/*'];

export interface Console {
  readonly routes: Hono<ConsoleEnv>;
  /** Lets a person in who signed in at an issuer. */
  readonly letIn: LetIn;
}

/** The pages for people. They need no script, and everybody but who signs in is sent to do so. */
export function createConsole(services: ConsoleServices, addressOf: AddressOf): Console {
  const app = new Hono<ConsoleEnv>();
  const logins = new WebLogins();
  const cookie = loginCookie(services.transport);

  for (const path of paths) {
    app.use(path, async (c, next) => {
      for (const [name, value] of Object.entries(pageHeaders)) c.header(name, value);
      return await next();
    });
    app.use(path, ownFormsOnly(services), smallForms);
  }
  app.get(stylePath, (c) => c.body(style, 200, { 'content-type': 'text/css; charset=utf-8' }));
  const signIn = { services, addressOf, logins, cookie };
  addSignIn(app, signIn);

  for (const path of paths) {
    app.use(path, async (c, next) => {
      const [id, address] = [cookie.read(c), addressOf(c)];
      if (c.req.method === 'POST') await services.takeInAuthority();
      const login = logins.find(id, address);
      if (login === undefined) return await askToSignIn(c);
      if (c.req.method === 'POST' && !(await isOwnForm(c, login))) return await refuseForm(c, login);
      c.set('login', login);
      c.set('isSignedIn', () => logins.isInForce(id, address));
      return await next();
    });
  }
  app.post(logoutPath, async (c) => {
    const { caller } = c.var.login;
    endLogin(c, { logins, cookie });
    await services.recordLogin({ did: 'sign out', caller, address: addressOf(c) });
    return c.redirect(loginPath, 303);
  });
  addApprovalPages(app, services.approvals);
  addLivePage(app, services);
  app.onError(async (error, c) => {
    if (!(error instanceof GatewayError)) throw error;
    const body = html`<p role="alert">${error.message}</p>`;
    return await c.html(pageOf({ title: 'Not now', body, login: undefined }), 503);
  });
  return { routes: app, letIn: letInAt(signIn) };
}

/**
 * A person who follows a link from a chat has the cookie, but the browser does not send it with what another site began.
 * Once our own page leads to the same place, it does.
 */
async function askToSignIn(c: Context<ConsoleEnv>): Promise<Response> {
  const path = ownPath(c.req.path);
  const isFromElsewhere = /^(?:cross-site|same-site)$/.test(c.req.header('sec-fetch-site') ?? '');
  if (isFromElsewhere && path !== undefined && c.req.method === 'GET') return await c.html(bouncePage(path));
  return c.redirect(path === undefined ? loginPath : `${loginPath}?next=${encodeURIComponent(path)}`, 303);
}

async function refuseForm(c: Context<ConsoleEnv>, login: WebLogin): Promise<Response> {
  const body = html`<p role="alert">
    This form is not of your login any more. Go back, reload the page, and try again.
  </p>`;
  return await c.html(pageOf({ title: 'Refused', body, login }), 403);
}
