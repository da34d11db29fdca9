import type { Approvals } from '../approvals/approvals.ts';
import type { Audit } from '../audit/call-trail.ts';
import type { Redactor } from '../audit/redact.ts';
import type { Log } from '../base/log.ts';
import type { Changes } from '../changes/changes.ts';
import type { Inventory } from '../hosts/inventory.ts';
import type { LocateHost } from '../hosts/locate-host.ts';
import type { Authenticate, Credential } from '../identity/authenticate.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Budgets } from '../limits/budgets.ts';
import type { Limits } from '../limits/limits.ts';
import type { Locks } from '../locks/locks.ts';
import type { KeptOutputs } from '../outputs/kept-outputs.ts';
import type { Policy } from '../policy/policy.ts';
import type { SshAccess } from '../ssh/access.ts';
import type { FactsCache } from '../tools/facts-cache.ts';
import type { Tool, ToolSettings } from '../tools/tool.ts';
import type { CallsUnderWay } from './calls-under-way.ts';
import type { OwnFiles } from './own-files.ts';
import type { SecretValues } from '../secrets/secret-values.ts';

/** One request to run one tool. */
export interface ToolCall {
  readonly id: string;
  readonly tool: string;
  readonly arguments: unknown;
  readonly credential: Credential;
  /** Aborts when the client cancels or goes away. */
  readonly signal: AbortSignal;
  readonly client: { readonly name: string; readonly version: string } | undefined;
  /** Where its client traces it: as W3C Trace Context says. */
  readonly traceparent?: string;
  /** Takes what is to be said of how far the call is; it is made only if somebody gets to hear it. */
  readonly report?: (progress: () => string) => void;
  /** The approval that it names, and what the person at its client said when asked for that. */
  readonly approval?: { readonly id: string; readonly answer: 'accepted' | 'declined' | undefined };
}

/** Everything the pipeline hands a call to, in the order it does. */
export interface Gateway {
  readonly authenticate: Authenticate;
  readonly limits: Limits;
  readonly budgets: Budgets;
  readonly locks: Locks;
  readonly tools: readonly Tool[];
  readonly locateHost: LocateHost;
  readonly policy: Policy;
  readonly ownFiles: OwnFiles;
  readonly approvals: Approvals;
  readonly audit: Audit;
  readonly ssh: SshAccess;
  readonly secretValues: SecretValues;
  readonly redactor: Redactor;
  readonly inventory: Inventory;
  readonly outputs: KeptOutputs;
  readonly jobs: Jobs;
  readonly facts: FactsCache;
  readonly changes: Changes;
  readonly calls: CallsUnderWay;
  readonly settings: ToolSettings;
  readonly log: Log;
}
