/** Text of variables by name; templates are as they stand. */
export type Variables = ReadonlyMap<string, string>;

interface Group {
  readonly hosts: Set<string>;
  readonly children: Set<string>;
  readonly variables: Map<string, string>;
}

/** Groups by name; those of all hosts are in `all`. */
export class AnsibleInventory {
  readonly groups = new Map<string, Group>();
  /** Variables that stand at the host itself. */
  readonly hosts = new Map<string, Map<string, string>>();

  group(name: string): Group {
    const known = this.groups.get(name);
    if (known !== undefined) return known;
    const made: Group = { hosts: new Set(), children: new Set(), variables: new Map() };
    this.groups.set(name, made);
    return made;
  }

  addHost(name: string, group: string, variables: Iterable<readonly [string, string]>): void {
    const own = this.hosts.get(name) ?? new Map<string, string>();
    for (const [key, value] of variables) own.set(key, value);
    this.hosts.set(name, own);
    this.group(group).hosts.add(name);
  }
}

export interface AnsibleHost {
  readonly name: string;
  /** Every group it is in, by way of others too, but for the two that Ansible has of itself. */
  readonly groups: readonly string[];
  readonly variables: Variables;
}

/**
 * Each host with what applies to it: its own variables before those of its groups, a group's before those of the groups
 * that group is in, `all` last; of groups at one depth, the last by name wins.
 */
export function hostsWithVariables(inventory: AnsibleInventory): readonly AnsibleHost[] {
  const parents = parentsIn(inventory);
  return [...inventory.hosts].map(([name, own]) => {
    const direct = [...inventory.groups].filter(([, group]) => group.hosts.has(name)).map(([group]) => group);
    const depths = depthsOf(direct, parents);
    const farthestFirst = [...depths.keys()].toSorted(
      (a, b) => (depths.get(b) ?? 0) - (depths.get(a) ?? 0) || (a < b ? -1 : 1),
    );
    const everybody = inventory.groups.get('all')?.variables ?? new Map<string, string>();
    const variables = new Map(everybody);
    for (const group of farthestFirst) {
      for (const [key, value] of inventory.groups.get(group)?.variables ?? []) variables.set(key, value);
    }
    for (const [key, value] of own) variables.set(key, value);
    const groups = farthestFirst.filter((group) => group !== 'all' && group !== 'ungrouped').toSorted();
    return { name, groups, variables };
  });
}

function parentsIn({ groups }: AnsibleInventory): ReadonlyMap<string, readonly string[]> {
  const parents = new Map<string, string[]>();
  for (const [parent, { children }] of groups) {
    for (const child of children) parents.set(child, [...(parents.get(child) ?? []), parent]);
  }
  return parents;
}

/** How far each group is from the host; a circle of groups ends where it closes. */
function depthsOf(direct: readonly string[], parents: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const depths = new Map<string, number>();
  let level = direct.filter((group) => group !== 'all');
  for (let depth = 0; level.length > 0; depth += 1) {
    for (const group of level) depths.set(group, depth);
    level = level.flatMap((group) => parents.get(group) ?? []).filter((group) => group !== 'all' && !depths.has(group));
  }
  return depths;
}
