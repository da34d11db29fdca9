import { html } from 'hono/html';
import type { Approval } from '../approvals/approval.ts';
import { briefHosts, leftOf, stateWords, timeOf } from './approval-words.ts';
import { approvalsPath, type HtmlText } from './page.ts';
import { shownText } from './shown-text.ts';

const maxBrief = 200;

/** What waits for a person, and what was last decided or has ended. */
export function approvalListBody(pending: readonly Approval[], settled: readonly Approval[]): HtmlText {
  return html`<p><a href="${approvalsPath}">Look again</a></p>
    <h2>Waiting (${pending.length})</h2>
    ${pendingBody(pending)}
    <h2>Last settled</h2>
    ${settled.length === 0 ? html`<p>Nothing yet.</p>` : listOf(settled)}`;
}

export function pendingBody(pending: readonly Approval[]): HtmlText {
  return pending.length === 0 ? html`<p>Nothing waits for a person.</p>` : listOf(pending);
}

function listOf(approvals: readonly Approval[]): HtmlText {
  return html`<ol class="list">
    ${approvals.map(
      (approval) =>
        html`<li class="card">
          <a href="${approvalsPath}/${approval.id}">${shownText(briefOf(approval))}</a>
          <p>
            <span class="state ${approval.state}">${stateWords[approval.state]}</span>
            on ${shownText(briefHosts(approval.question))}, asked by ${shownText(approval.requester.name)}, rule
            ${shownText(approval.question.rule)}
          </p>
          <p>${whenOf(approval)}</p>
        </li>`,
    )}
  </ol>`;
}

function briefOf({ question: { tool, steps } }: Approval): string {
  const about = steps[0]?.about ?? tool;
  const brief = about.length > maxBrief ? `${about.slice(0, maxBrief)} …` : about;
  return steps.length > 1 ? `${brief} (and ${steps.length - 1} more)` : brief;
}

function whenOf(approval: Approval): HtmlText {
  if (approval.state === 'pending') return html`Ends ${timeOf(approval.limit.until)}, ${leftOf(approval)}.`;
  const { decision } = approval;
  if (decision === undefined) return html`Asked ${timeOf(approval.limit.from)}.`;
  return html`By ${shownText(decision.name)} (${decision.channel}), ${timeOf(decision.at)}.`;
}
