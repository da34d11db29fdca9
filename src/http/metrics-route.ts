import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import type { Secret } from '../base/secret.ts';

export interface MetricsSurface {
  /** What whoever collects them must bring as a bearer token. */
  readonly token: Secret;
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

type Bindings = { Bindings: HttpBindings };

/** `GET /metrics`, for a token of its own: it can do nothing else, and no other token can read this. */
export function metricsRoute(
  { token, contentType, text }: MetricsSurface,
  refuse: (c: Context<Bindings>) => Response,
): Hono<Bindings> {
  const app = new Hono<Bindings>();
  const expected = digest(token.reveal());
  app.get('/metrics', async (c) => {
    const given = /^bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (given === undefined || !timingSafeEqual(digest(given), expected)) return refuse(c);
    return c.body(await text(), 200, { 'content-type': contentType });
  });
  return app;
}

/** Of equal length, whatever was given. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
