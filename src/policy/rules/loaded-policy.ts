import type { CompiledRule } from './compiled-rule.ts';
import { selectsHost, type HostTraits } from './host-selection.ts';
import type { DefaultsDocument, HostSelection } from './policy-schema.ts';
import { isBuiltInProfile, type BuiltInProfile } from './profiles.ts';

/** A profile or role of a caller, down to the built-in profile that it starts from. */
export interface ResolvedRole {
  readonly profile: BuiltInProfile;
  /** The role and all that it extends. */
  readonly names: ReadonlySet<string>;
  /** Each must select a host, or the role may do nothing there. */
  readonly hosts: readonly HostSelection[];
  /** Undefined where nothing is said. */
  readonly clientMayConfirm: boolean | undefined;
}

export interface Role {
  readonly extends: string;
  readonly hosts: HostSelection | undefined;
  readonly clientMayConfirm: boolean | undefined;
}

/** A policy in force: that of a file, or the built-in profiles alone. */
export interface LoadedPolicy {
  /** Changes whenever anything that decides does. */
  readonly version: string;
  /** The file it was read from; undefined where there is none. */
  readonly file: string | undefined;
  readonly rules: readonly CompiledRule[];
  readonly roles: ReadonlyMap<string, Role>;
  readonly defaults: DefaultsDocument;
}

/** Undefined for a name that is no profile and no role: then nothing is allowed. */
export function resolveRole({ roles }: Pick<LoadedPolicy, 'roles'>, name: string): ResolvedRole | undefined {
  const names = new Set<string>();
  const hosts: HostSelection[] = [];
  let clientMayConfirm: boolean | undefined;
  for (let next = name; ;) {
    if (names.has(next)) return undefined;
    names.add(next);
    const role = roles.get(next);
    if (role === undefined)
      return isBuiltInProfile(next) ? { profile: next, names, hosts, clientMayConfirm } : undefined;
    if (role.hosts !== undefined) hosts.push(role.hosts);
    // What a role says itself goes before what it extends.
    clientMayConfirm ??= role.clientMayConfirm;
    next = role.extends;
  }
}

/** The rules that are for this role on this host. A rule for certain hosts is for none where it is not known which. */
export function rulesFor(
  { rules }: LoadedPolicy,
  { names }: ResolvedRole,
  host: HostTraits | undefined,
): readonly CompiledRule[] {
  return rules.filter(({ roles, hosts, effect }) => {
    const isForRole = roles === undefined || [...roles].some((role) => names.has(role));
    // Where the host is not known, a rule that refuses may be meant.
    const isForHost = hosts === undefined || (host === undefined ? effect !== 'allow' : selectsHost(hosts, host));
    return isForRole && isForHost;
  });
}
