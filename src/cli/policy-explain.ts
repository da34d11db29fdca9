import { neutraliseLine } from '../base/untrusted-text.ts';
import { didYouMean } from '../base/did-you-mean.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/load.ts';
import { listTokens } from '../identity/edit-tokens.ts';
import { adHocHostId, type Host, type HostId } from '../hosts/host.ts';
import type { Inventory } from '../hosts/inventory.ts';
import { scopes, type Caller } from '../identity/caller.ts';
import { principalId } from '../identity/principal.ts';
import type { KnownHosts } from '../policy/evaluate.ts';
import { Policy } from '../policy/policy.ts';
import { loadSecondParser } from '../policy/shell/second-parser.ts';
import type { Explanation } from '../policy/rules/explain.ts';
import type { HostTraits } from '../policy/rules/host-selection.ts';
import { resolveRole } from '../policy/rules/loaded-policy.ts';
import { loadPolicy } from '../policy/rules/policy-file.ts';
import { builtInProfiles } from '../policy/rules/profiles.ts';
import { UsageError } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen } from './screen.ts';
import { hostNamed, loadServers } from './servers-of.ts';

export interface PolicyExplainOptions extends CommonOptions {
  readonly profile?: string;
  readonly token?: string;
  readonly server?: string;
}

/** What the policy would decide on a command, and why. No host is asked. */
export async function policyExplain(words: readonly string[], options: PolicyExplainOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const json = await explanationOf(words.join(' '), { config, log, options });
  screen.show({ text: asText(json), json });
}

async function explanationOf(
  command: string,
  { config, log, options }: { readonly config: Config; readonly log: Log; readonly options: PolicyExplainOptions },
): Promise<Explanation> {
  const loaded = await loadPolicy(config.policyFile, log);
  const { hosts, security } = await loadServers(config);
  const asked = await askedFor(config, options);
  if (resolveRole(loaded, asked.profile) === undefined) {
    const known = [...builtInProfiles, ...loaded.roles.keys()];
    const meant = didYouMean(asked.profile, known);
    throw new UsageError(`no profile or role '${asked.profile}'${meant}; there are ${known.join(', ')}`);
  }
  const host = options.server === undefined ? undefined : await hostNamed(config, options.server);
  const secondParser = config.strictPolicy ? await loadSecondParser() : undefined;
  const policy = new Policy(inventoryFor(hosts), { allowedPrograms: config.allowedCommands, secondParser });
  policy.useSecurityBlock(security);
  policy.usePolicy(loaded);
  const traits: KnownHosts = host === undefined ? new Map() : new Map([[host.id, traitsOf(host)]]);
  const action = { kind: 'run_command', host: host?.id ?? anyHost, command } as const;
  return policy.explain(callerWith(asked), action, traits);
}

/** Stands for a server that is not said. */
const anyHost = adHocHostId('any');

function inventoryFor(hosts: ReadonlyMap<HostId, Host>): Pick<Inventory, 'status'> {
  return {
    status: (id) =>
      id === anyHost || hosts.get(id)?.enabled === true ? 'enabled' : hosts.has(id) ? 'disabled' : 'absent',
  };
}

interface Asked {
  readonly profile: string;
  readonly allowedServers: readonly string[];
}

async function askedFor(config: Config, { profile, token }: PolicyExplainOptions): Promise<Asked> {
  if (profile !== undefined && token !== undefined) throw new UsageError('--profile or --token, not both');
  if (token === undefined) return { profile: profile ?? config.profile, allowedServers: ['*'] };
  const { tokens } = await listTokens(config.tokensFile, {});
  const found = tokens.find(({ name }) => name === token);
  if (found === undefined) throw new UsageError(`--token: no token is called '${token}'`);
  return { profile: found.profile ?? 'seed', allowedServers: [...found.allowedServers, anyHost] };
}

function callerWith(asked: Asked): Caller {
  const { signal: revoked } = new AbortController();
  return {
    principal: principalId('local', 'policy'),
    name: 'policy explain',
    scopes: new Set(scopes),
    revoked,
    ...asked,
  };
}

function traitsOf({ id, tags, labels, user, sudo = false }: Host): HostTraits {
  return { name: id, tags, labels, user, sudo };
}

function asText({
  decision,
  rule,
  reason,
  canonical,
  units,
  findings,
  would_allow: line,
  profile,
}: Explanation): readonly string[] {
  const said = [
    `${decision}${rule === null ? '' : `: ${rule}`} (profile ${profile})`,
    ...(reason === null ? [] : [`  ${reason}`]),
    ...(units.length === 0 ? [] : ['Commands:']),
    ...units.map(({ program, argv, span, via }) => {
      const through = via.length === 0 ? '' : `  through ${via.join(', ')}`;
      return `  ${span.join('-')}  ${[program, ...argv].map((word) => JSON.stringify(word)).join(' ')}${through}`;
    }),
    ...(findings.length === 0 ? [] : ['Findings:']),
    ...findings.map(({ severity, rule: id, text }) => `  ${severity}  ${id}: ${text}`),
    ...(canonical === null ? [] : ['Runs as:', ...canonical.split('\n').map((part) => `  ${part}`)]),
    ...(line === null ? [] : ['This line below `rules:` in policy.yaml would allow it:', `  ${line}`]),
  ];
  return said.map(neutraliseLine);
}
