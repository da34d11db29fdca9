import { html } from 'hono/html';
import { shownText } from './shown-text.ts';
import type { WebLogin } from './web-logins.ts';

/** Markup whose texts are escaped. */
export type HtmlText = ReturnType<typeof html>;

export const stylePath = '/console/style.css';
export const loginPath = '/console/login';
export const logoutPath = '/console/logout';
export const approvalsPath = '/approvals';
export const consolePath = '/console';
export const endPath = '/console/end';
export const endJobPath = '/console/end-job';
export const lockPath = '/console/lock';

/**
 * What pages are sent with. Nothing but our own style sheet is loaded, nothing runs, and nobody frames a page or takes a
 * form elsewhere.
 *
 * The referrer is for our own pages alone. With `no-referrer` browsers would send forms with `Origin: null`, and where a
 * form comes from could not be told.
 */
export const pageHeaders = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
} as const;

/** Of the page that keeps itself up to date, by a script of our own. */
export const livePageHeaders = {
  'content-security-policy': `${pageHeaders['content-security-policy']}; script-src 'self'; connect-src 'self'`,
} as const;

export interface Page {
  readonly title: string;
  readonly body: HtmlText;
  /** Whose page it is; undefined before anybody has signed in. */
  readonly login: WebLogin | undefined;
}

export function pageOf({ title, body, login }: Page): HtmlText {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} · Sallyport</title>
        <link rel="stylesheet" href="${stylePath}" />
      </head>
      <body>
        <a class="skip" href="#main">To the content</a>
        <header>
          <strong>Sallyport</strong>
          ${login === undefined ? '' : navigation(login)}
        </header>
        <main id="main" tabindex="-1">
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`;
}

function navigation(login: WebLogin): HtmlText {
  return html`<nav aria-label="Pages">
      <a href="${consolePath}">What goes on</a> <a href="${approvalsPath}">Approvals</a>
    </nav>
    <form class="who" method="post" action="${logoutPath}">
      ${formTokenField(login)}
      <span>${shownText(login.caller.name)} (${[...login.roles].join(', ')})</span>
      <button type="submit">Sign out</button>
    </form>`;
}

/** Goes into every form of a person who has signed in. */
export function formTokenField({ formToken }: WebLogin): HtmlText {
  return html`<input type="hidden" name="form_token" value="${formToken}" />`;
}

/** The same place again, come to from our own page. */
export function bouncePage(path: string): HtmlText {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="refresh" content="0;url=${path}" />
        <title>Sallyport</title>
      </head>
      <body>
        <main>
          <h1>Sallyport</h1>
          <p><a href="${path}">Continue</a></p>
        </main>
      </body>
    </html>`;
}
