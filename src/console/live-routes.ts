import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import { streamSSE, type SSEStreamingApi } from 'hono/streaming';
import type { ConsoleEnv, ConsoleServices } from './console.ts';
import { isFor } from './approval-routes.ts';
import { textIn } from './forms.ts';
import { livePageBody, livePart } from './live-page.ts';
import { liveScript } from './live-script.ts';
import { consolePath, endJobPath, endPath, lockPath, livePageHeaders, pageOf, type HtmlText } from './page.ts';
import type { WebLogin } from './web-logins.ts';

const lookEveryMs = 1_000;
const maxStreams = 30;
const maxStreamsPerLogin = 3;

/** The page on which people see what goes on, and end it. */
export function addLivePage(app: Hono<ConsoleEnv>, { live, approvals, log }: ConsoleServices): void {
  const streams: WebLogin[] = [];

  app.get(consolePath, async (c) => {
    for (const [name, value] of Object.entries(livePageHeaders)) c.header(name, value);
    const { login } = c.var;
    const body = livePageBody(await partFor(login));
    return await c.html(pageOf({ title: 'What goes on', body, login }));
  });

  app.get(`${consolePath}/live.js`, (c) =>
    c.body(liveScript, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );

  app.get(`${consolePath}/events`, (c) => {
    const { login } = c.var;
    const own = streams.filter((one) => one === login).length;
    if (c.req.method !== 'GET' || streams.length >= maxStreams || own >= maxStreamsPerLogin) {
      return c.text('Too many pages are kept up to date. Look again by hand.', 503);
    }
    streams.push(login);
    return streamSSE(c, async (stream) => {
      try {
        await follow(stream, c);
      } catch (error) {
        // Left to itself, hono would say on the page what went wrong.
        if (!stream.aborted) log.warn({ err: error }, 'a live page could not be kept up to date');
      } finally {
        streams.splice(streams.indexOf(login), 1);
      }
    });
  });

  app.post(endPath, async (c) => {
    const { login } = c.var;
    if (!login.roles.has('operator')) return await c.html(notAnOperator(login), 403);
    const call = textIn(await c.req.parseBody(), 'call');
    await live.endCalls(login.caller, call === 'all' ? 'all' : { id: call });
    return c.redirect(consolePath, 303);
  });

  app.post(endJobPath, async (c) => {
    const { login } = c.var;
    if (!login.roles.has('operator')) return await c.html(notAnOperator(login), 403);
    await live.endJob(login.caller, textIn(await c.req.parseBody(), 'job'));
    return c.redirect(consolePath, 303);
  });

  app.post(lockPath, async (c) => {
    const { login } = c.var;
    if (!login.roles.has('operator')) return await c.html(notAnOperator(login), 403);
    const form = await c.req.parseBody();
    const host = textIn(form, 'host');
    const state = textIn(form, 'state');
    if (state !== 'locked' && state !== 'unlocked') return c.redirect(consolePath, 303);
    const isDone = await live.setLock(login.caller, state, host === '' ? 'all' : { host });
    return isDone ? c.redirect(consolePath, 303) : await c.html(notAnOperator(login), 403);
  });

  async function partFor(login: WebLogin) {
    const { caller } = login;
    const [pending, hosts, records, jobs, locks] = await Promise.all([
      approvals.pending(),
      live.hosts(caller),
      live.records(caller),
      live.jobs(caller),
      live.locks(caller),
    ]);
    const waiting = pending.filter((approval) => isFor(login, approval));
    return livePart({ calls: live.calls(caller), pending: waiting, hosts, records, jobs, locks }, login);
  }

  /** Sends the part whenever it has changed, for as long as the person is signed in: looking on is not being there. */
  async function follow(stream: SSEStreamingApi, c: Context<ConsoleEnv>): Promise<void> {
    const { login, isSignedIn } = c.var;
    let shown = '';
    while (!stream.aborted && !stream.closed) {
      if (!isSignedIn()) {
        await stream.writeSSE({ event: 'over', data: '' });
        return;
      }
      const part = JSON.stringify(String(await partFor(login)));
      if (part !== shown) await stream.writeSSE({ event: 'live', data: part });
      shown = part;
      await sleep(lookEveryMs);
    }
  }
}

function notAnOperator(login: WebLogin): HtmlText {
  const body = html`<p role="alert">Only who has the role operator does that, and for what his token reaches.</p>`;
  return pageOf({ title: 'Refused', body, login });
}
