import { html } from 'hono/html';
import type { Approval, ApprovalState } from '../approvals/approval.ts';
import type { Question } from '../approvals/question.ts';
import type { HtmlText } from './page.ts';

/** What a state is called for people. */
export const stateWords: Readonly<Record<ApprovalState, string>> = {
  pending: 'waiting',
  approved: 'approved, not begun yet',
  declined: 'declined',
  expired: 'ended unanswered',
  consumed: 'approved and begun',
  withdrawn: 'withdrawn',
};

const minuteMs = 60_000;
const maxNamed = 3;

export function timeOf(at: Date): HtmlText {
  const text = `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return html`<time datetime="${at.toISOString()}">${text}</time>`;
}

export function leftOf({ limit }: Approval): string {
  const minutes = Math.ceil((limit.until.getTime() - Date.now()) / minuteMs);
  return minutes <= 1 ? 'in less than a minute' : `in ${minutes} min`;
}

export function briefHosts({ hosts }: Question): string {
  if (hosts.length === 0) return 'the gateway itself';
  const named = hosts.slice(0, maxNamed).map(({ name }) => name);
  return hosts.length > maxNamed ? `${named.join(', ')} and ${hosts.length - maxNamed} more` : named.join(', ');
}

export function count(many: number, one: string, more = `${one}s`): string {
  return `${many} ${many === 1 ? one : more}`;
}
