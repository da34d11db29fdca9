import type { Context, Hono } from 'hono';
import { html } from 'hono/html';
import type { Approval } from '../approvals/approval.ts';
import { mayReach } from '../identity/caller.ts';
import { approvalListBody } from './approval-list.ts';
import { approvalBody, titleOf } from './approval-page.ts';
import type { ConsoleEnv, ConsoleServices } from './console.ts';
import { textIn } from './forms.ts';
import { approvalsPath, pageOf } from './page.ts';
import type { WebLogin } from './web-logins.ts';

const maxReason = 500;
/** Looked through for those that are for this person. */
const maxSettled = 200;
const shownSettled = 20;

/** Where approvals are looked at and decided. */
export function addApprovalPages(app: Hono<ConsoleEnv>, approvals: ConsoleServices['approvals']): void {
  app.get(approvalsPath, async (c) => {
    const { login } = c.var;
    const mine = (all: readonly Approval[]) => all.filter((approval) => isFor(login, approval));
    const settled = mine(await approvals.settled(maxSettled)).slice(0, shownSettled);
    const body = approvalListBody(mine(await approvals.pending()), settled);
    return await c.html(pageOf({ title: 'Approvals', body, login }));
  });

  app.get(`${approvalsPath}/:id`, async (c) => {
    const approval = await findFor(c, approvals);
    return approval === undefined ? await notFound(c) : await show(c, approval, undefined);
  });

  app.post(`${approvalsPath}/:id`, async (c) => {
    const { login } = c.var;
    const approval = await findFor(c, approvals);
    if (approval === undefined) return await notFound(c);
    if (!login.roles.has('approver')) return await show(c, approval, 'Only who has the role approver decides.', 403);
    const form = await c.req.parseBody();
    const decision = textIn(form, 'decision');
    if (decision !== 'approve' && decision !== 'decline') return await show(c, approval, 'Choose one of the two.', 400);
    const { principal, name, personId } = login.caller;
    const by = { principal, name, personId, channel: 'web' } as const;
    const reason = textIn(form, 'reason').replace(/\s+/g, ' ').trim().slice(0, maxReason);
    const decided = await approvals.decide(approval.id, { by, decision, reason });
    switch (decided.kind) {
      case 'decided':
        return c.redirect(`${approvalsPath}/${approval.id}`, 303);
      case 'not_pending':
        return await show(c, decided.approval, 'It was decided, or had ended, before you answered.', 409);
      case 'own':
        return await show(c, decided.approval, 'Whoever asked does not answer: another person must.', 403);
      case 'unknown':
        return await notFound(c);
    }
  });
}

async function findFor(c: Context<ConsoleEnv>, approvals: ConsoleServices['approvals']): Promise<Approval | undefined> {
  const approval = await approvals.find(c.req.param('id') ?? '');
  return approval !== undefined && isFor(c.var.login, approval) ? approval : undefined;
}

/** A person sees and decides what is about hosts that his credential reaches. */
export function isFor({ caller }: WebLogin, { question }: Approval): boolean {
  const hosts = [...question.hosts.map(({ name }) => name), ...question.steps.flatMap((step) => step.hosts)];
  return hosts.every((name) => mayReach(caller, name));
}

async function show(
  c: Context<ConsoleEnv>,
  approval: Approval,
  problem: string | undefined,
  status: 200 | 400 | 403 | 409 = 200,
): Promise<Response> {
  const { login } = c.var;
  const body = approvalBody(approval, { login, problem });
  return await c.html(pageOf({ title: titleOf(approval), body, login }), status);
}

async function notFound(c: Context<ConsoleEnv>): Promise<Response> {
  const body = html`<p>There is none like that: it is older than a day, or not for you to see.</p>
    <p><a href="${approvalsPath}">All approvals</a></p>`;
  return await c.html(pageOf({ title: 'No such approval', body, login: c.var.login }), 404);
}
