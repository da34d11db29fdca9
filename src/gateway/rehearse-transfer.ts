import type { AskedCopy } from '../approvals/question.ts';
import { hostOf, isPathAction, type Action, type PathAction } from '../policy/action.ts';
import { settle } from '../policy/settle.ts';
import type { HostAccess } from '../ssh/access.ts';
import type { ListedSource } from '../ssh/transfer/source-listing.ts';
import { knownHostsOf } from './host-traits.ts';
import type { Rehearsing } from './rehearse.ts';

/** What a transfer would carry, as it is while a person is asked. */
export interface TransferRehearsal {
  readonly asked: AskedCopy;
  /** The hosts, for a transfer of nothing else. */
  readonly hold: (hosts: HostAccess) => HostAccess;
}

type SourceAction =
  | (PathAction & { readonly kind: 'read_path' })
  | { readonly kind: 'read_gateway_file'; readonly path: string };

/**
 * Looks at what a transfer would copy, so that a person approves that and not whatever has its name by then. Undefined where
 * the call is none.
 *
 * Reads no more than policy lets this caller read by itself, and that is recorded before. Throws where there is nothing to
 * copy: such a call needs no person.
 */
export async function rehearseTransfer(call: Rehearsing): Promise<TransferRehearsal | undefined> {
  const source = sourceOf(call.evaluation.actions);
  if (source === undefined) return undefined;
  const { path } = source;
  const { caller, gateway, trail, signal, timeouts } = call;
  const probe = gateway.policy.evaluate(caller, [source], await knownHostsOf([source], gateway.inventory));
  if (probe.decision !== 'allow') {
    const note = 'reading it is asked about too, so what it holds is not known: whatever it holds then is copied';
    return { asked: { path, sha256: null, note }, hold: (hosts) => hosts };
  }
  using permit = settle(caller, probe);
  await trail.recordProbe(probe);
  const listed = await gateway.ssh.under(permit, signal, timeouts).listSource({ host: hostOf(source), path });
  switch (listed.kind) {
    case 'too_large': {
      const note = 'it is too large to be looked at beforehand: whatever it holds when this runs is copied';
      return { asked: { path, sha256: null, note }, hold: (hosts) => hosts };
    }
    case 'file':
    case 'directory':
      return {
        asked: { path, sha256: listed.sha256, note: noteOf(listed) },
        hold: (hosts) => heldToSource(listed, hosts),
      };
  }
}

function heldToSource(mustBe: Extract<ListedSource, { readonly sha256: string }>, hosts: HostAccess): HostAccess {
  return { ...hosts, transfer: (order) => hosts.transfer({ ...order, mustBe }) };
}

function noteOf({ kind, files, bytes }: Extract<ListedSource, { readonly sha256: string }>): string {
  const what = kind === 'file' ? `a file of ${bytes} bytes` : `${files} files of ${bytes} bytes in all`;
  return `${what}; if it changes, it is not copied, and a person is asked anew`;
}

/** Of a copy from one end to another, and of nothing else. */
function sourceOf(actions: readonly Action[]): SourceAction | undefined {
  const [source, target] = actions;
  if (actions.length !== 2 || source === undefined || target === undefined) return undefined;
  const isTarget = target.kind === 'write_gateway_file' || (target.kind === 'write_path' && target.tree === true);
  if (!isTarget) return undefined;
  if (source.kind === 'read_gateway_file') return { ...source, kind: source.kind };
  return isPathAction(source) && source.kind === 'read_path' && source.tree === true
    ? { ...source, kind: source.kind }
    : undefined;
}
