import { html } from 'hono/html';
import type { Approval } from '../approvals/approval.ts';
import { pendingBody } from './approval-list.ts';
import { count, timeOf } from './approval-words.ts';
import type { LiveCall, LiveHost, LiveRecord } from './live.ts';
import { consolePath, endPath, formTokenField, type HtmlText } from './page.ts';
import { shownText } from './shown-text.ts';
import type { WebLogin } from './web-logins.ts';

export interface Seen {
  readonly calls: readonly LiveCall[];
  readonly pending: readonly Approval[];
  readonly hosts: readonly LiveHost[];
  readonly records: readonly LiveRecord[];
}

/** The page, whose part that changes is sent again whenever it does, to browsers that run its script. */
export function livePageBody(part: HtmlText): HtmlText {
  return html`<p><a href="${consolePath}">Look again</a>; with scripts on, this page keeps itself up to date.</p>
    <div id="live">${part}</div>
    <script src="/console/live.js"></script>`;
}

export function livePart({ calls, pending, hosts, records }: Seen, login: WebLogin): HtmlText {
  return html`<h2>Calls (${calls.length})</h2>
    ${calls.length === 0 ? html`<p>No call is under way.</p>` : callsBody(calls, login)}
    <h2>Waiting for a person (${pending.length})</h2>
    ${pendingBody(pending)}
    <h2>Servers (${hosts.length})</h2>
    <ul class="list rows">
      ${hosts.map(hostRow)}
    </ul>
    <h2>Last in the audit</h2>
    <ol class="list rows">
      ${records.map(recordRow)}
    </ol>`;
}

function callsBody(calls: readonly LiveCall[], login: WebLogin): HtmlText {
  const mayEnd = login.roles.has('operator');
  return html`<ul class="list">
      ${calls.map(
        (call) =>
          html`<li class="card call">
            <div>
              <strong>${shownText(call.tool)}</strong> on ${shownText(placeOf(call.hosts))}, by
              ${shownText(call.caller)}, ${age(call.since)}
              ${call.about === undefined ? '' : html`<pre><code>${shownText(call.about)}</code></pre>`}
            </div>
            ${mayEnd ? endForm(login, { call: call.id, id: `end-${call.id}`, words: 'End', of: call.tool }) : ''}
          </li>`,
      )}
    </ul>
    ${mayEnd ? endForm(login, { call: 'all', id: 'end-all', words: `End all ${count(calls.length, 'call')}`, of: '' }) : ''}`;
}

function endForm(
  login: WebLogin,
  { call, id, words, of }: { readonly call: string; readonly id: string; readonly words: string; readonly of: string },
): HtmlText {
  return html`<form method="post" action="${endPath}">
    ${formTokenField(login)}
    <input type="hidden" name="call" value="${call}" />
    <button type="submit" class="decline" id="${id}">${words}<span class="unseen"> ${of}</span></button>
  </form>`;
}

const stateWords: Readonly<Record<LiveHost['state'], string>> = {
  connected: 'connected',
  connecting: 'connecting',
  idle: 'not connected',
  failing: 'failing: left alone for a while',
  disabled: 'disabled',
};

function hostRow({ name, state, connections }: LiveHost): HtmlText {
  const many = connections > 1 ? `, ${count(connections, 'connection')}` : '';
  return html`<li>
    <strong>${shownText(name)}</strong> <span class="state ${state}">${stateWords[state]}${many}</span>
  </li>`;
}

function recordRow({ at, caller, tool, hosts, about, result, code }: LiveRecord): HtmlText {
  return html`<li>
    ${timeOf(new Date(at))} <span class="state ${result}">${result}${code === null ? '' : `, ${code}`}</span>
    <strong>${shownText(tool === '' ? 'request' : tool)}</strong> ${shownText(hosts.join(', '))}
    ${caller === null ? '' : html`by ${shownText(caller)}`}
    ${about === null ? '' : html`<code>${shownText(about)}</code>`}
  </li>`;
}

function placeOf(hosts: readonly string[]): string {
  if (hosts.length === 0) return 'the gateway itself';
  return hosts.length > 5 ? `${hosts.slice(0, 5).join(', ')} and ${hosts.length - 5} more` : hosts.join(', ');
}

function age(since: Date): string {
  const seconds = Math.max(0, Math.floor((Date.now() - since.getTime()) / 1000));
  return seconds < 120 ? `for ${seconds} s` : `for ${Math.floor(seconds / 60)} min`;
}
