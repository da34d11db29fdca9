import { GatewayError } from '../base/errors.ts';
import type { FileState } from '../changes/change.ts';
import type { HostId } from '../hosts/host.ts';
import { isBySudo, isPathAction, pathAction, type Action, type PathAction } from '../policy/action.ts';
import type { Evaluation } from '../policy/evaluate.ts';
import { settle } from '../policy/settle.ts';
import type { HostAccess } from '../ssh/access.ts';
import { hashOf } from '../ssh/files/content-hash.ts';
import type { FileWrite } from '../ssh/files/file-access.ts';
import { knownHostsOf } from './host-traits.ts';
import type { JudgingContext } from './judge-on-host.ts';

/** What a call would make of a file, and what the file is now. */
export interface Rehearsal {
  readonly path: string;
  /** Undefined where policy does not let the caller read the file, or it is too large. */
  readonly before: { readonly state: FileState; readonly data: Buffer } | undefined;
  readonly becomes: FileWrite['becomes'];
}

/** A call that a person is about to be asked about. */
export interface Rehearsing extends JudgingContext {
  readonly evaluation: Evaluation;
  /** Runs the tool with these hosts. */
  readonly run: (hosts: HostAccess) => Promise<unknown>;
}

/** Ends the tool where it would have changed something. */
class Reached extends Error {
  readonly rehearsal: Rehearsal;

  constructor(rehearsal: Rehearsal) {
    super('a rehearsal changes nothing');
    this.rehearsal = rehearsal;
  }
}

/**
 * Lets the tool prepare the change of one file up to where it would be made, so that a person sees what it comes to.
 * Undefined where the call is about anything else.
 *
 * All it reaches is that file, to be read, as far as policy lets this caller read it, and that is recorded before. Throws
 * what the tool would throw: such a call needs no person.
 */
export async function rehearse(call: Rehearsing): Promise<Rehearsal | undefined> {
  const { evaluation, caller, gateway, trail, signal, timeouts } = call;
  const write = onlyWrite(evaluation.actions);
  if (write === undefined) return undefined;
  const reading: PathAction = {
    ...pathAction('read', { host: write.host, path: write.path, sudo: isBySudo(write) }),
    ...(write.resolved !== undefined && { resolved: write.resolved }),
  };
  const probe = gateway.policy.evaluate(caller, [reading], await knownHostsOf([reading], gateway.inventory));
  const mayRead = probe.decision === 'allow';
  using permit = settle(caller, mayRead ? probe : { decision: 'allow', actions: [], matches: [] });
  if (mayRead) await trail.recordProbe(probe);
  const hosts = gateway.ssh.under(permit, signal, timeouts);
  const look = (host: HostId, path: string, by: FileWrite['by']): ReturnType<typeof lookAt> =>
    lookAt(hosts, { host, path, by, maxBytes: gateway.settings.maxEditBytes });
  try {
    await call.run({
      ...hosts,
      changeFile: async (host, path, { by, becomes, whileIs }) => {
        const before = mayRead ? await look(host, path, by) : undefined;
        if (before && whileIs && !isSameState(before.state, whileIs)) throw changedMeanwhile(path);
        throw new Reached({ path: write.resolved ?? path, before, becomes });
      },
    });
    return undefined;
  } catch (error) {
    if (error instanceof Reached) return error.rehearsal;
    // What it may not read it cannot prepare: then a person sees the call alone.
    if (!mayRead && !(error instanceof GatewayError)) return undefined;
    throw error;
  }
}

/** The hosts of a call that was rehearsed: it makes the very change that was shown, of the very file that was seen, or none. */
export function heldTo({ before, becomes }: Rehearsal, hosts: HostAccess): HostAccess {
  return {
    ...hosts,
    changeFile: async (host, path, write) => {
      if (!isSameChange(write.becomes, becomes)) throw changedMeanwhile(path);
      return await hosts.changeFile(host, path, { ...write, ...(before && { whileIs: before.state }) });
    },
  };
}

/** The one file that the actions write; undefined where they are about anything besides it. */
function onlyWrite(actions: readonly Action[]): PathAction | undefined {
  const write = actions.filter(isPathAction).find(({ kind }) => kind.endsWith('write_path'));
  const isAboutIt = (action: Action): boolean =>
    write !== undefined &&
    isPathAction(action) &&
    action.host === write.host &&
    action.resolved === write.resolved &&
    /(?:read|write)_path$/.test(action.kind) &&
    action.tree !== true;
  return actions.every(isAboutIt) ? write : undefined;
}

async function lookAt(
  hosts: HostAccess,
  { host, path, by, maxBytes }: { host: HostId; path: string; by: FileWrite['by']; maxBytes: number },
): Promise<Rehearsal['before']> {
  try {
    const range = { offset: 0, maxBytes, ...(by && { by }) };
    const { data, sizeBytes, sha256 } = await hosts.readFile(host, path, range);
    if (sha256 === null || data.length < sizeBytes) return undefined;
    return { state: { kind: 'file', sizeBytes, sha256 }, data };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === 'path_not_found') return { state: { kind: 'absent' }, data: Buffer.alloc(0) };
    // The account may write what it may not read.
    if (error.code === 'host_permission_denied') return undefined;
    throw error;
  }
}

function isSameState(a: FileState, b: FileState): boolean {
  if (a.kind === 'absent' || b.kind === 'absent') return a.kind === b.kind;
  return a.sha256 !== null && a.sha256 === b.sha256;
}

function isSameChange(a: FileWrite['becomes'], b: FileWrite['becomes']): boolean {
  return a.kind === b.kind && writtenHash(a) === writtenHash(b);
}

/** Null where nothing is written. Contents that are not there yet are never the same. */
function writtenHash(becomes: FileWrite['becomes']): string | null | symbol {
  if (becomes.kind === 'removed') return null;
  return Buffer.isBuffer(becomes.contents) ? hashOf(becomes.contents) : Symbol('not known yet');
}

function changedMeanwhile(path: string): GatewayError {
  const message = `${path} is not what it was when a person was asked about this. Nothing was changed. Read it, and call again.`;
  return new GatewayError('conflict', message);
}
