import type { Evaluation } from './evaluate.ts';

let confirm: (evaluation: Evaluation, approval: ApprovalNote) => Approved;

/** What the record of a call says of the person who let it run. */
export interface ApprovalNote {
  readonly id: string;
  readonly by: string;
  readonly channel: string;
}

/** Proof that a person approved what an evaluation asks about. Made only by `confirmApproval`. */
export class Approved {
  readonly evaluation: Evaluation;
  readonly approval: ApprovalNote;

  private constructor(evaluation: Evaluation, approval: ApprovalNote) {
    this.evaluation = evaluation;
    this.approval = approval;
  }

  static {
    confirm = (evaluation, approval) => new Approved(evaluation, approval);
  }
}

/** For `approvals/` alone; a test keeps every other folder from importing it. */
export function confirmApproval(evaluation: Evaluation, approval: ApprovalNote): Approved {
  return confirm(evaluation, approval);
}
