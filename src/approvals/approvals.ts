import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { OpenedWhenUsed } from '../base/opened-when-used.ts';
import type { Sealing } from '../base/sealing.ts';
import type { Caller } from '../identity/caller.ts';
import { confirmApproval, type Approved } from '../policy/approved.ts';
import { isSamePerson } from '../identity/same-person.ts';
import type { Evaluation } from '../policy/evaluate.ts';
import { nobodyCouldBeAsked } from '../policy/settle.ts';
import {
  isApprovalId,
  newApprovalId,
  type Approval,
  type ApprovalDecision,
  type ApprovalState,
  type ApprovalStore,
  type Approver,
} from './approval.ts';
import { ClientQuestions } from './client-questions.ts';
import { isOver, systemClock, timeLimit, type Clock } from './boot-clock.ts';
import type { Question } from './question.ts';
import { recordDecision, recordEnd, type ApprovalRecords } from './record-event.ts';
import { ApprovalRequired, declined, ended, notReached, tooManyPending, used } from './refusals.ts';
import { RequestStates } from './request-states.ts';
import { untilDecided, type Patience } from './until-decided.ts';

const askedForMs = 10 * 60_000;
/** Of one caller: more is a person who is asked until he says yes. */
const maxPending = 20;
const maxListed = 200;
const maxReason = 500;
const maxWithdrawn = 100_000;
/** Each looks at the store now and then. */
const maxWaiting = 200;
const keptMs = 24 * 3_600_000;

export interface ApprovalsParts {
  /** `off`: nobody is asked, and what would be asked is refused. */
  readonly asking: 'on' | 'off';
  /** Called when there is something to ask or to decide; again if that fails. */
  readonly openStore: () => Promise<ApprovalStore>;
  readonly records: Omit<ApprovalRecords, 'log'>;
  /** Where a person with a browser decides; undefined where there is no such page, or nobody who could use it. */
  readonly approveUrl: (id: string) => string | undefined;
  /** What is typed at a terminal to approve, but for the id. */
  readonly command: string;
  /** Told of every question, once it waits for a person. Must not wait nor throw. */
  readonly onAsked?: (approval: Approval) => void;
  /** Told of the end of every question that ends here. Must not throw. */
  readonly onEnded?: (end: ApprovalEnd) => void;
  /** Seals what clients carry from a question to its answer. */
  readonly sealing: Sealing;
  readonly log: Log;
  readonly clock?: Clock;
}

/** A call that policy lets run if a person approves. */
export interface AskingCall {
  readonly caller: Caller;
  readonly evaluation: Evaluation;
  readonly planHash: string;
  /** Made only if a person has not been asked yet. */
  readonly question: () => Promise<Question>;
  readonly clientMayConfirm: boolean;
  /** The approval that the call names. */
  readonly named: string | undefined;
  /** What the person at the client said to it. */
  readonly answer: 'accepted' | 'declined' | undefined;
}

export type ApprovalEnd = 'granted' | 'denied' | 'expired' | 'withdrawn';

/** What a person says, and who. */
export interface Deciding {
  readonly by: Approver;
  readonly decision: 'approve' | 'decline';
  readonly reason?: string | undefined;
}

/** `own`: whoever asked does not answer. `not_pending`: it was decided, or has ended; its state says which. */
export type Decided =
  | { readonly kind: 'decided' | 'not_pending' | 'own'; readonly approval: Approval }
  | { readonly kind: 'unknown' };

/** Questions to people, and their answers, in every process on one DATA_DIR. */
export class Approvals implements AsyncDisposable {
  readonly states: RequestStates;
  readonly atClients = new ClientQuestions();
  readonly #parts: ApprovalsParts;
  readonly #clock: Clock;
  readonly #expiries = new Set<NodeJS.Timeout>();
  readonly #watched = new WeakSet<AbortSignal>();
  #waiting = 0;
  readonly #store: OpenedWhenUsed<ApprovalStore>;

  constructor(parts: ApprovalsParts) {
    this.#parts = parts;
    this.#store = new OpenedWhenUsed(parts.openStore);
    this.states = new RequestStates(parts.sealing);
    this.#clock = parts.clock ?? systemClock;
  }

  /** The approval that lets this call run. Throws where there is none: `approval_required`, and what a person decided. */
  async settle(call: AskingCall): Promise<Approved> {
    if (this.#parts.asking === 'off') throw nobodyCouldBeAsked(call.evaluation);
    try {
      return await this.#settle(call);
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      this.#parts.log.error({ err: error }, 'a person could not be asked');
      throw notReached(error);
    }
  }

  async #settle(call: AskingCall): Promise<Approved> {
    const { principal } = call.caller;
    const latest = await this.#inForce(await (await this.#store.get()).latest(principal, call.planHash));
    const isNamed = latest !== undefined && latest.id === call.named;
    const approval = isNamed ? await this.#answered(latest, call) : latest;
    switch (approval?.state) {
      case 'approved':
        return approvedBy(approval, call.evaluation);
      case 'pending':
        throw this.#required(approval, call);
      case 'declined':
        if (isNamed || !isOver(approval.limit, this.#clock)) throw declined(approval);
        break;
      case 'expired':
      case 'withdrawn':
        if (isNamed) throw ended(approval);
        break;
      case 'consumed':
        if (isNamed) throw used(approval.id);
        break;
      case undefined:
    }
    throw this.#required(await this.#ask(call), call);
  }

  /** Records what is about to run. That record alone decides whether the approval was used; here it is noted, for people. */
  async use(approved: Approved | undefined, record: () => Promise<void>): Promise<void> {
    try {
      await record();
      if (approved) await this.#noteUsed(approved);
    } catch (error) {
      if (approved && error instanceof GatewayError && error.code === 'approval_used') await this.#noteUsed(approved);
      throw error;
    }
  }

  /** Those that wait for a person, the oldest first. */
  pending(): Promise<readonly Approval[]> {
    return this.list(['pending']);
  }

  /** Those that wait no more, the last asked first. */
  async settled(limit: number): Promise<readonly Approval[]> {
    const states = ['approved', 'declined', 'expired', 'consumed', 'withdrawn'] as const;
    return await this.#current(await (await this.#store.get()).list(states, limit, 'newest_first'), states);
  }

  /** As they are at this moment. */
  async list(states: readonly ApprovalState[], limit: number = maxListed): Promise<readonly Approval[]> {
    return await this.#current(await (await this.#store.get()).list(states, limit), states);
  }

  /** As it is at this moment; undefined where there is none of that id. */
  async find(id: string): Promise<Approval | undefined> {
    return isApprovalId(id) ? await this.#inForce(await (await this.#store.get()).find(id)) : undefined;
  }

  /** What a person decided stands, and is on record before it counts. Throws `audit_unavailable`. */
  async decide(id: string, { by, decision, reason }: Deciding): Promise<Decided> {
    const approval = await this.find(id);
    if (approval === undefined) return { kind: 'unknown' };
    if (approval.state !== 'pending') return { kind: 'not_pending', approval };
    if (by.channel === 'web' && isSamePerson(by, approval.requester)) return { kind: 'own', approval };
    const said = reason?.slice(0, maxReason);
    const made: ApprovalDecision = { ...by, at: this.#clock.date(), reason: said === '' ? undefined : said };
    const to = decision === 'approve' ? 'approved' : 'declined';
    const store = await this.#store.get();
    const isDecided = await recordDecision(
      { ...approval, state: to, decision: made },
      { records: this.#records, by: made },
      () => store.advance(id, { from: 'pending', to, decision: made }),
    );
    if (isDecided) this.#parts.onEnded?.(to === 'approved' ? 'granted' : 'denied');
    const after = (await this.find(id)) ?? approval;
    return { kind: isDecided ? 'decided' : 'not_pending', approval: after };
  }

  /**
   * Resolves once it is not pending any more, or the patience is over; with how it is then. Whoever comes when too many
   * wait is answered at once.
   */
  async untilDecided(id: string, patience: Patience): Promise<Approval | undefined> {
    if (this.#waiting >= maxWaiting) return await this.find(id);
    this.#waiting += 1;
    try {
      return await untilDecided(() => this.find(id), patience);
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Ends what is asked or approved, and not begun yet, where `isMeant`. */
  async withdraw(isMeant: (approval: Approval) => boolean): Promise<number> {
    const live = await this.list(['pending', 'approved'], maxWithdrawn);
    const ends = live.filter(isMeant).map((approval) => this.#end(approval, 'withdrawn'));
    return (await Promise.all(ends)).filter(({ state }) => state === 'withdrawn').length;
  }

  /** As `withdraw`, where nobody waits. Never rejects: what was asked under is gone, and no retry fits any more. */
  async drop(isMeant: (approval: Approval) => boolean): Promise<void> {
    try {
      await this.withdraw(isMeant);
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'questions could not be withdrawn');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#expiries) clearTimeout(timer);
    await (await this.#store.ifOpen())?.close();
  }

  /** Never rejects: what is recorded is about to run. */
  async #noteUsed({ approval: { id } }: Approved): Promise<void> {
    try {
      await (await this.#store.get()).advance(id, { from: 'approved', to: 'consumed' });
    } catch (error) {
      this.#parts.log.warn({ err: error, approval: id }, 'that an approval was used could not be noted');
    }
  }

  #required(approval: Approval, { evaluation, clientMayConfirm }: AskingCall): ApprovalRequired {
    const approveUrl = this.#parts.approveUrl(approval.id);
    const { command } = this.#parts;
    return new ApprovalRequired({ approval, evaluation, approveUrl, command, clientMayConfirm });
  }

  /** The same, once what the person at the client said of it is taken in. */
  async #answered(approval: Approval, { answer, caller, clientMayConfirm }: AskingCall): Promise<Approval> {
    if (answer === undefined || !clientMayConfirm) return approval;
    const by = { principal: caller.principal, name: caller.name, channel: 'client' } as const;
    const decided = await this.decide(approval.id, { by, decision: answer === 'accepted' ? 'approve' : 'decline' });
    return decided.kind === 'unknown' ? approval : decided.approval;
  }

  async #ask({ caller, evaluation, planHash, question }: AskingCall): Promise<Approval> {
    const approval: Approval = {
      id: newApprovalId(),
      planHash,
      requester: { principal: caller.principal, name: caller.name },
      policyVersion: evaluation.policyVersion,
      question: await question(),
      limit: timeLimit(this.#clock, askedForMs),
      state: 'pending',
      decision: undefined,
    };
    this.#dropWith(caller);
    const store = await this.#store.get();
    await store.prune(new Date(this.#clock.date().getTime() - keptMs));
    // Those whose time is over must not count as pending.
    await this.pending();
    const opened = await store.open(approval, { maxPending });
    if (opened.kind === 'too_many') throw tooManyPending(maxPending);
    this.#expireLater(opened.approval);
    if (opened.kind === 'opened') this.#parts.onAsked?.(opened.approval);
    return opened.approval;
  }

  /** What a credential asked ends with it, also if it comes back. */
  #dropWith({ principal, revoked }: Caller): void {
    if (this.#watched.has(revoked)) return;
    this.#watched.add(revoked);
    const drop = (): void => void this.drop(({ requester }) => requester.principal === principal);
    revoked.addEventListener('abort', drop, { once: true });
  }

  /** So that its end is on record also when nobody asks for it again. */
  #expireLater({ id }: Approval): void {
    const timer = setTimeout(() => {
      this.#expiries.delete(timer);
      this.find(id).catch((error: unknown) => this.#parts.log.warn({ err: error }, 'an approval could not be ended'));
    }, askedForMs + 1_000).unref();
    this.#expiries.add(timer);
  }

  async #current(listed: readonly Approval[], states: readonly ApprovalState[]): Promise<readonly Approval[]> {
    const current = await Promise.all(listed.map((approval) => this.#inForce(approval)));
    return current.flatMap((approval) => (approval && states.includes(approval.state) ? [approval] : []));
  }

  async #inForce(approval: Approval | undefined): Promise<Approval | undefined> {
    const isLive = approval?.state === 'pending' || approval?.state === 'approved';
    return isLive && isOver(approval.limit, this.#clock) ? await this.#end(approval, 'expired') : approval;
  }

  /** Whoever ends it records it, once over all processes. It is over even where that cannot be noted. */
  async #end(approval: Approval, to: 'expired' | 'withdrawn'): Promise<Approval> {
    const store = await this.#store.get();
    if (!(await store.advance(approval.id, { from: approval.state, to }))) {
      const now = await store.find(approval.id);
      return now === undefined || now.state === 'pending' || now.state === 'approved'
        ? { ...approval, state: to }
        : now;
    }
    const over = { ...approval, state: to };
    await recordEnd(over, this.#records);
    this.#parts.onEnded?.(to);
    return over;
  }

  get #records(): ApprovalRecords {
    return { ...this.#parts.records, log: this.#parts.log };
  }
}

function approvedBy({ id, decision }: Approval, evaluation: Evaluation): Approved {
  if (decision === undefined) throw new Error('an approval that nobody gave');
  return confirmApproval(evaluation, { id, by: decision.name, channel: decision.channel });
}
