import type { Inventory } from '../hosts/inventory.ts';
import type { Caller } from '../identity/caller.ts';
import type { Action, CommandAction } from './action.ts';
import { allowedPrograms } from './allowed-programs.ts';
import { catastrophic } from './catastrophic.ts';
import { gatewayFiles } from './gateway-files.ts';
import { evaluate, type Evaluation, type KnownHosts, type Rule } from './evaluate.ts';
import { allowedHosts, knownHosts } from './host-rules.ts';
import { restrictedPaths } from './restricted-paths.ts';
import { builtInPolicy } from './rules/built-in-policy.ts';
import { explain, type Explanation } from './rules/explain.ts';
import { resolveRole, type LoadedPolicy } from './rules/loaded-policy.ts';
import { planned, profileRule } from './rules/profile-rule.ts';
import { ruledOut, type Means } from './rules/ruled-out.ts';
import { secondOpinion } from './second-opinion.ts';
import { emptySecurityBlock, securityBlockRule, type SecurityBlock } from './security-block.ts';
import type { SecondParser } from './shell/second-parser.ts';

export interface PolicyOptions {
  readonly allowedPrograms?: readonly string[];
  /** It must read every command as we do, before that is allowed. */
  readonly secondParser?: SecondParser | undefined;
}

/** The rules in force. They are swapped whole, so that a call is judged by one set of rules or the other. */
export class Policy {
  readonly #fixed: readonly Rule[];
  readonly #secondParser: SecondParser | undefined;
  #block: SecurityBlock = emptySecurityBlock;
  #policy: LoadedPolicy = builtInPolicy;
  #rules: readonly Rule[];
  #onReplaced: (version: string) => void = () => undefined;

  constructor(inventory: Pick<Inventory, 'status'>, options: PolicyOptions = {}) {
    const programs = allowedPrograms(options.allowedPrograms ?? []);
    this.#secondParser = options.secondParser;
    this.#fixed = [allowedHosts, knownHosts(inventory), restrictedPaths, gatewayFiles, programs];
    this.#rules = this.#with(this.#block, this.#policy);
  }

  /** Throws `config_invalid`, and then keeps the rules it had. */
  useSecurityBlock(block: SecurityBlock): void {
    this.#rules = this.#with(block, this.#policy);
    this.#block = block;
  }

  usePolicy(policy: LoadedPolicy): void {
    const { version } = this.#policy;
    this.#rules = this.#with(this.#block, policy);
    this.#policy = policy;
    if (version !== policy.version) this.#onReplaced(version);
  }

  /** Calls back with the version of a policy that is not in force any more. */
  set onReplaced(listener: (version: string) => void) {
    this.#onReplaced = listener;
  }

  /** Of rules that refuse alike, the first is named: the operator's own before the built-in ones. */
  #with(block: SecurityBlock, policy: LoadedPolicy): readonly Rule[] {
    const strict = this.#secondParser === undefined ? [] : [secondOpinion(this.#secondParser, policy)];
    return [...this.#fixed, securityBlockRule(block), catastrophic, profileRule(policy), ...strict];
  }

  /** What is not said of a host is taken as not known of it: then only rules that refuse can be for it. */
  evaluate(caller: Caller, actions: readonly Action[], hosts: KnownHosts = new Map()): Evaluation {
    const planned = actions.map((action) => this.#planned(caller, action, hosts));
    return evaluate(this.#rules, caller, planned, { hosts, policyVersion: this.#policy.version });
  }

  /** What would be decided on a command, and why; no host is asked anything. */
  explain(caller: Caller, action: CommandAction, hosts: KnownHosts): Explanation {
    return explain(this.evaluate(caller, [action], hosts), {
      command: action.command,
      policy: this.#policy,
      caller,
      host: hosts.get(action.host),
    });
  }

  /** Whether the role says that the person at its client may approve; undefined where it does not say. */
  clientMayConfirm({ profile }: Pick<Caller, 'profile'>): boolean | undefined {
    return resolveRole(this.#policy, profile)?.clientMayConfirm;
  }

  /** What the caller's profile never allows, for the list of its tools. */
  ruledOut({ profile }: Pick<Caller, 'profile'>): ReadonlySet<Means> {
    return ruledOut(this.#policy, profile);
  }

  /** A command that closed rules allow runs in the form that they judged. */
  #planned(caller: Caller, action: Action, hosts: KnownHosts): Action {
    if (action.kind !== 'run_command') return action;
    return planned(this.#policy, caller, action, hosts.get(action.host));
  }
}
