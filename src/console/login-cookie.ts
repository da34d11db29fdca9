import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { webLoginLimits } from './web-logins.ts';

const name = 'sallyport_login';

/** Holds the id of a login. With TLS its prefix keeps every other host, and every path, from setting it. */
export interface LoginCookie {
  read(c: Context): string | undefined;
  write(c: Context, id: string): void;
  clear(c: Context): void;
}

/** `secure`: browsers reach us by https, and send it by nothing else. */
export function loginCookie(transport: 'secure' | 'plain'): LoginCookie {
  const isSecure = transport === 'secure';
  const place = { path: '/', secure: isSecure, ...(isSecure && ({ prefix: 'host' } as const)) };
  const maxAge = webLoginLimits.lifetimeMs / 1000;
  return {
    read: (c) => (isSecure ? getCookie(c, name, 'host') : getCookie(c, name)),
    write: (c, id) => setCookie(c, name, id, { ...place, httpOnly: true, sameSite: 'Strict', maxAge }),
    clear: (c) => void deleteCookie(c, name, place),
  };
}
