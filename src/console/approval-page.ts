import { html } from 'hono/html';
import type { Approval } from '../approvals/approval.ts';
import type { AskedHost, AskedStep, Question } from '../approvals/question.ts';
import { neutraliseLine } from '../base/untrusted-text.ts';
import { briefHosts, count, leftOf, stateWords, timeOf } from './approval-words.ts';
import { changeBody, copyBody } from './change-diff.ts';
import { approvalsPath, formTokenField, type HtmlText } from './page.ts';
import { shownText } from './shown-text.ts';
import type { WebLogin } from './web-logins.ts';

export interface Viewing {
  readonly login: WebLogin;
  /** Why what this person wanted was not done. */
  readonly problem: string | undefined;
}

export function titleOf({ question }: Approval): string {
  return neutraliseLine(`${question.tool} on ${briefHosts(question)}`);
}

/** One approval: what would be done, where, to whom it matters, and the two answers. */
export function approvalBody(approval: Approval, { login, problem }: Viewing): HtmlText {
  const { question, requester } = approval;
  return html`${problem === undefined ? '' : html`<p role="alert">${problem}</p>`}
    <p><span class="state ${approval.state}">${stateWords[approval.state]}</span> ${outcomeOf(approval)}</p>
    <dl>
      <dt>Asked by</dt>
      <dd>${shownText(requester.name)}, ${timeOf(approval.limit.from)}</dd>
      <dt>Because of</dt>
      <dd>rule <code>${shownText(question.rule)}</code>: ${shownText(question.reason)}</dd>
      <dt>Reaches</dt>
      <dd>${shownText(reachOf(question))}</dd>
    </dl>
    <h2>What would be done</h2>
    ${question.steps.map((step) => stepBody(step, question))}
    ${question.change === undefined ? '' : changeBody(question.change)}
    ${question.copy === undefined ? '' : copyBody(question.copy)}
    <h2>Where</h2>
    <ul class="list">
      ${question.hosts.map(hostBody)}
    </ul>
    ${approval.state === 'pending' ? answerBody(approval, login) : ''}
    <p><a href="${approvalsPath}">All approvals</a></p>`;
}

function outcomeOf(approval: Approval): HtmlText {
  const { state, decision, limit } = approval;
  if (state === 'pending') return html`until ${timeOf(limit.until)}, ${leftOf(approval)}`;
  if (decision === undefined) return html`${timeOf(limit.until)}`;
  const reason = decision.reason === undefined ? '' : html`: “${shownText(decision.reason)}”`;
  return html`by ${shownText(decision.name)} (${decision.channel}), ${timeOf(decision.at)}${reason}`;
}

/** How much this touches, in a line. */
function reachOf({ hosts, steps, change }: Question): string {
  const roots = hosts.filter(({ user }) => user === 'root').length;
  const labels = new Set(hosts.flatMap(labelsOf));
  return [
    `${count(hosts.length, 'server')}, ${count(steps.length, 'step')}`,
    ...(roots > 0 ? [`as root on ${roots}`] : []),
    ...(change === undefined ? [] : ['one file changed']),
    ...(labels.size > 0 ? [[...labels].join(', ')] : []),
  ].join('; ');
}

function labelsOf({ tags, labels }: AskedHost): readonly string[] {
  return [...tags, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)];
}

function stepBody({ does, hosts, about, really, programs, findings }: AskedStep, question: Question): HtmlText {
  const where = hosts.length === question.hosts.length ? '' : ` on ${hosts.join(', ')}`;
  return html`<section class="card">
    <h3>${shownText(`${does.replaceAll('_', ' ')}${where}`)}</h3>
    ${about === undefined ? '' : quoted('Written by the agent', about)}
    ${really === undefined || really === about ? '' : quoted('What it comes to', really)}
    ${programs.length === 0 ? '' : programsBody(programs)}
    ${
      findings.length === 0
        ? ''
        : html`<p>Found in it:</p>
            <ul>
              ${findings.map((finding) => html`<li>${shownText(finding)}</li>`)}
            </ul>`
    }
  </section>`;
}

function quoted(who: string, text: string): HtmlText {
  return html`<figure>
    <figcaption>${who}</figcaption>
    <pre><code>${shownText(text)}</code></pre>
  </figure>`;
}

/** Each program with its words, one beside the other: where a word begins and ends is seen. */
function programsBody(programs: AskedStep['programs']): HtmlText {
  return html`<p>Programs it would start:</p>
    <ol class="programs">
      ${programs.map(
        (words) =>
          html`<li>
            ${words.map((word) => html`<code class="word">${word === '' ? 'empty' : shownText(word)}</code> `)}
          </li>`,
      )}
    </ol>`;
}

function hostBody(host: AskedHost): HtmlText {
  const labels = labelsOf(host);
  return html`<li>
    <strong>${shownText(host.name)}</strong> ${shownText(`${host.user}@${host.address}`)}
    ${labels.map((label) => html`<span class="label">${shownText(label)}</span> `)}
  </li>`;
}

function answerBody({ id, requester }: Approval, login: WebLogin): HtmlText {
  if (!login.roles.has('approver')) return html`<p>Somebody with the role approver decides this.</p>`;
  if (requester.principal === login.caller.principal) {
    return html`<p>You asked for this yourself: another person decides.</p>`;
  }
  return html`<h2>Your answer</h2>
    <form method="post" action="${approvalsPath}/${id}" class="card">
      ${formTokenField(login)}
      <label for="reason">Reason (the agent is told, and it is recorded)</label>
      <textarea id="reason" name="reason" rows="2" maxlength="500"></textarea>
      <div class="answers">
        <button type="submit" name="decision" value="decline" class="decline">Decline</button>
        <button type="submit" name="decision" value="approve" class="approve">Approve, once</button>
      </div>
    </form>`;
}
