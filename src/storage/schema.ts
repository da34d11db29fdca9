import type { Generated } from 'kysely';

/** The tables of every engine. Times are epoch milliseconds. */
export interface Schema {
  readonly schema_versions: {
    area: string;
    version: number;
  };
  readonly audit_records: {
    /** Order of writing, over all chains. */
    position: Generated<number>;
    chain: string;
    seq: number;
    call_id: string | null;
    kind: string;
    body: string;
    previous: string;
    hash: string;
  };
  /** Chains whose records may be removed, and are: a few thousand at a time. */
  readonly audit_cuts: {
    chain: string;
    seq: number;
    hash: string;
  };
  readonly token_use: {
    token_hash: string;
    last_used_at: number;
  };
  readonly jobs: {
    id: string;
    owner: string;
    host: string;
    tool: string;
    command: string;
    mark: string;
    created_at: number;
    deadline_at: number;
    /** A `JobState` in JSON. */
    state: string;
    ended_at: number | null;
    held_until: number | null;
    output_id: string | null;
    received_stdout: number;
    received_stderr: number;
    fence: number;
  };
  readonly idempotency_keys: {
    owner: string;
    key: string;
    digest: string;
    at: number;
    /** A `ProcessIdentity` in JSON. */
    holder: string;
    job_id: string | null;
    answer: string | null;
  };
  /** Of audit.db: in one transaction with the intent that used it, an approval is used once. */
  readonly used_approvals: {
    approval_id: string;
    call_id: string;
  };
  readonly approvals: {
    id: string;
    plan_hash: string;
    requester: string;
    requester_name: string;
    state: string;
    asked_at: number;
    expires_at: number;
    /** The machine's own clock at its end, and the boot that it runs since. */
    boot_id: string;
    boot_until: number;
    policy_version: string;
    /** A `Question` in JSON. */
    question: string;
    /** An `ApprovalDecision` in JSON. */
    decision: string | null;
  };
  readonly oauth_records: {
    model: string;
    key: string;
    grant_id: string | null;
    /** As JSON. */
    payload: string;
    expires_at: number | null;
    consumed_at: number | null;
  };
  readonly daily_uses: {
    principal: string;
    budget: string;
    /** What counts once, by its name; else the time up to which amounts are added up. */
    item: string;
    at: number;
    amount: number;
  };
  readonly token_first_seen: {
    token_hash: string;
    first_seen_at: number;
  };
  readonly changes: {
    id: string;
    principal: string;
    call_id: string;
    tool: string;
    at: number;
    state: string;
    kept_bytes: number;
    /** What was changed, as JSON. */
    body: string;
  };
}
