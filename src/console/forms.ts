import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { html } from 'hono/html';
import { pageOf } from './page.ts';
import { isFormOf, type WebLogin } from './web-logins.ts';

const maxFormBytes = 8 * 1024;

/** Where our own pages are: as the request names us, and as the operator says we are reached. */
export interface OwnOrigin {
  readonly publicBaseUrl: string | undefined;
}

/**
 * Lets through forms of our own pages alone. Browsers say where every form comes from; what does not say it is none. That
 * an origin may call MCP lets its pages post no forms here.
 */
export function ownFormsOnly({ publicBaseUrl }: OwnOrigin): MiddlewareHandler {
  const base = publicBaseUrl === undefined ? undefined : URL.parse(publicBaseUrl)?.origin;
  return async (c, next) => {
    if (c.req.method !== 'POST') return await next();
    const origin = URL.parse(c.req.header('origin') ?? '');
    const isOwn = origin !== null && (origin.host === c.req.header('host') || origin.origin === base);
    const isForm = /^application\/x-www-form-urlencoded(?:;|$)/i.test(c.req.header('content-type') ?? '');
    if (isOwn && isForm) return await next();
    return await c.html(refused('This form did not come from a page of this gateway. Go back and try again.'), 403);
  };
}

export const smallForms = bodyLimit({
  maxSize: maxFormBytes,
  onError: async (c) => await c.html(refused('This form is too large.'), 413),
});

/** Whether the form was made for that very login. */
export async function isOwnForm(c: Context, login: WebLogin): Promise<boolean> {
  return isFormOf(login, textIn(await c.req.parseBody(), 'form_token'));
}

/** The one text of that name; empty where there is none. */
export function textIn(form: Readonly<Record<string, unknown>>, name: string): string {
  const value = form[name];
  return typeof value === 'string' ? value : '';
}

function refused(why: string) {
  return pageOf({ title: 'Refused', body: html`<p role="alert">${why}</p>`, login: undefined });
}
