import { html } from 'hono/html';
import type { Approval } from '../approvals/approval.ts';
import { pendingBody } from './approval-list.ts';
import { count, timeOf } from './approval-words.ts';
import { mayReachAll } from '../identity/caller.ts';
import { operatorForm } from './live-forms.ts';
import type { LiveCall, LiveHost, LiveJob, LiveLocks, LiveRecord } from './live.ts';
import { consolePath, endJobPath, endPath, lockPath, type HtmlText } from './page.ts';
import { shownText } from './shown-text.ts';
import type { WebLogin } from './web-logins.ts';

export interface Seen {
  readonly calls: readonly LiveCall[];
  readonly jobs: readonly LiveJob[];
  readonly locks: LiveLocks;
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

export function livePart({ calls, pending, hosts, records, jobs, locks }: Seen, login: WebLogin): HtmlText {
  return html`${locksBody(locks, login)}
    <h2>Calls (${calls.length})</h2>
    ${calls.length === 0 ? html`<p>No call is under way.</p>` : callsBody(calls, login)}
    <h2>Jobs (${jobs.length})</h2>
    ${
      jobs.length === 0
        ? html`<p>No job is under way.</p>`
        : html`<ul class="list">
            ${jobs.map((job) => jobRow(job, login))}
          </ul>`
    }
    <h2>Waiting for a person (${pending.length})</h2>
    ${pendingBody(pending)}
    <h2>Servers (${hosts.length})</h2>
    <ul class="list rows">
      ${hosts.map((host) => hostRow(host, locks, login))}
    </ul>
    <h2>Last in the audit</h2>
    <ol class="list rows">
      ${records.map(recordRow)}
    </ol>`;
}

function locksBody({ lines, isAll }: LiveLocks, login: WebLogin): HtmlText {
  const fields = { state: isAll ? 'unlocked' : 'locked' };
  const words = isAll ? 'Unlock everything' : 'Lock everything: refuse calls and end what runs';
  const said = lines.map((line) => html`<p>${shownText(line)}</p>`);
  return html`${lines.length === 0 ? '' : html`<div role="alert">${said}</div>`}
  ${mayReachAll(login.caller) ? operatorForm(login, { action: lockPath, fields, id: 'lock-all', words }) : ''}`;
}

function callsBody(calls: readonly LiveCall[], login: WebLogin): HtmlText {
  return html`<ul class="list">
      ${calls.map((call) => callRow(call, login))}
    </ul>
    ${operatorForm(login, { action: endPath, fields: { call: 'all' }, id: 'end-all', words: 'End every call' })}`;
}

function callRow({ id, tool, hosts, caller, since, about }: LiveCall, login: WebLogin): HtmlText {
  const end = { action: endPath, fields: { call: id }, id: `end-${id}`, words: 'End', of: tool };
  return html`<li class="card call">
    <div>
      <strong>${shownText(tool)}</strong> on ${shownText(placeOf(hosts))}, by ${shownText(caller)}, ${age(since)}
      ${about === undefined ? '' : html`<pre><code>${shownText(about)}</code></pre>`}
    </div>
    ${operatorForm(login, end)}
  </li>`;
}

function jobRow({ id, host, command, since }: LiveJob, login: WebLogin): HtmlText {
  const end = { action: endJobPath, fields: { job: id }, id: `end-${id}`, words: 'End', of: id };
  return html`<li class="card call">
    <div>
      <strong>${id}</strong> on ${shownText(host)}, ${age(since)}
      <pre><code>${shownText(command)}</code></pre>
    </div>
    ${operatorForm(login, end)}
  </li>`;
}

const stateWords: Readonly<Record<LiveHost['state'], string>> = {
  connected: 'connected',
  connecting: 'connecting',
  idle: 'not connected',
  failing: 'failing: left alone for a while',
  disabled: 'disabled',
};

function hostRow({ name, state, connections }: LiveHost, { hosts }: LiveLocks, login: WebLogin): HtmlText {
  const many = connections > 1 ? `, ${count(connections, 'connection')}` : '';
  const isLocked = hosts.has(name);
  const fields = { host: name, state: isLocked ? 'unlocked' : 'locked' };
  const words = isLocked ? 'Unlock' : 'Lock';
  return html`<li class="call">
    <div>
      <strong>${shownText(name)}</strong> <span class="state ${state}">${stateWords[state]}${many}</span>
      ${isLocked ? html`<span class="state denied">locked</span>` : ''}
    </div>
    ${operatorForm(login, { action: lockPath, fields, id: `lock-${name}`, words, of: name })}
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
