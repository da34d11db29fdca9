import { GatewayError, type ErrorCode } from '../base/errors.ts';
import { isHostId, type Host, type HostId } from './host.ts';
import { matchesPattern } from './host-pattern.ts';
import type { Inventory } from './inventory.ts';

/** What the selectors of one call came to. */
export interface Selection {
  /** Enabled hosts the caller may reach, each once, in the order of the inventory. */
  readonly hosts: readonly HostId[];
  readonly skipped: readonly SkippedHost[];
}

/** A host, or a selector that selects none, on which nothing is going to run. */
export interface SkippedHost {
  readonly server: string;
  readonly code: ErrorCode;
  readonly error: string;
}

export const nothingSelected: Selection = { hosts: [], skipped: [] };

/** Whether a selector takes hosts out of what the others select. */
export function isExclusion(selector: string): boolean {
  return selector.startsWith('!');
}

/**
 * The hosts that any of the selectors selects, but for those that one beginning with `!` selects.
 *
 * A selector is a name; a pattern of names with `*` and `?`; `tag:` and a tag; or a label, as `name=value`. A name that
 * is in the inventory is always meant as a name. Of hosts out of the caller's reach, nothing is said but that.
 * Rejects with `unknown_host` when a server to be left out does not exist: a misspelt one would be run on.
 */
export async function selectHosts(
  selectors: readonly string[],
  inventory: Inventory,
  mayReach: (name: string) => boolean,
): Promise<Selection> {
  const isKnown = (name: string): name is HostId =>
    isHostId(name) && mayReach(name) && inventory.status(name) !== 'absent';
  const ids = inventory.ids().filter(mayReach);
  const needHosts = selectors.some((selector) => propertyTest(bare(selector)) !== undefined);
  const hosts = needHosts ? (await inventory.all()).filter(({ id }) => mayReach(id)) : [];
  const select = (term: string): readonly HostId[] => {
    if (isKnown(term)) return [term];
    const test = propertyTest(term);
    if (test) return hosts.filter(test).map(({ id }) => id);
    return isPattern(term) ? ids.filter((id) => matchesPattern(id, term)) : [];
  };

  const included = new Set<HostId>();
  const excluded = new Set<HostId>();
  const skipped = new Map<string, SkippedHost>();
  for (const selector of selectors) {
    const isExcluding = isExclusion(selector) && !isKnown(selector);
    const term = isExcluding ? bare(selector) : selector;
    const found = select(term);
    for (const id of found) (isExcluding ? excluded : included).add(id);
    if (found.length > 0) continue;
    const missing = selectsNothing(term, mayReach);
    if (!isExcluding) skipped.set(term, missing);
    else if (missing.code === 'unknown_host' && !isPattern(term) && !propertyTest(term)) {
      throw new GatewayError('unknown_host', `${missing.error}. Nothing was run, for it was to be left out.`);
    }
  }
  const wanted = ids.filter((id) => included.has(id) && !excluded.has(id));
  for (const id of wanted.filter((one) => inventory.status(one) === 'disabled')) {
    skipped.set(id, { server: id, code: 'host_disabled', error: `Server is disabled: ${id}` });
  }
  return { hosts: wanted.filter((id) => inventory.status(id) === 'enabled'), skipped: [...skipped.values()] };
}

function selectsNothing(term: string, mayReach: (name: string) => boolean): SkippedHost {
  if (isPattern(term) || propertyTest(term)) {
    return { server: term, code: 'unknown_host', error: `No accessible server matches ${term}` };
  }
  if (!mayReach(term)) return { server: term, code: 'host_not_allowed', error: `Access denied to server: ${term}` };
  return { server: term, code: 'unknown_host', error: `Server not found: ${term}` };
}

function bare(selector: string): string {
  return isExclusion(selector) ? selector.slice(1) : selector;
}

function isPattern(term: string): boolean {
  return /[*?]/.test(term);
}

/** The test of `tag:x` and of `label=value`; undefined for what is neither. */
function propertyTest(term: string): ((host: Host) => boolean) | undefined {
  if (term.startsWith('tag:')) return ({ tags }) => tags.includes(term.slice('tag:'.length));
  const at = term.indexOf('=');
  if (at <= 0) return undefined;
  const [label, value] = [term.slice(0, at), term.slice(at + 1)];
  return ({ labels }) => Object.hasOwn(labels, label) && labels[label] === value;
}
