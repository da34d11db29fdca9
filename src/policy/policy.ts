import type { Inventory } from '../hosts/inventory.ts';
import type { Caller } from '../identity/caller.ts';
import type { Action } from './action.ts';
import { allowedPrograms } from './allowed-programs.ts';
import { catastrophic } from './catastrophic.ts';
import { evaluate, type Evaluation, type Rule } from './evaluate.ts';
import { allowedHosts, knownHosts } from './host-rules.ts';
import { restrictedPaths } from './restricted-paths.ts';
import { emptySecurityBlock, securityBlockRule, type SecurityBlock } from './security-block.ts';

/** The rules in force. They are swapped whole, so that a call is judged by one set of rules or the other. */
export class Policy {
  readonly #fixed: readonly Rule[];
  #rules: readonly Rule[];

  constructor(inventory: Inventory, options: { readonly allowedPrograms?: readonly string[] } = {}) {
    const programs = allowedPrograms(options.allowedPrograms ?? []);
    this.#fixed = [allowedHosts, knownHosts(inventory), restrictedPaths, programs];
    this.#rules = this.#with(emptySecurityBlock);
  }

  /** Throws `config_invalid`, and then keeps the rules it had. */
  useSecurityBlock(block: SecurityBlock): void {
    this.#rules = this.#with(block);
  }

  /** Of rules that refuse alike, the first is named: the operator's own before the built-in ones. */
  #with(block: SecurityBlock): readonly Rule[] {
    return [...this.#fixed, securityBlockRule(block), catastrophic];
  }

  evaluate(caller: Caller, actions: readonly Action[]): Evaluation {
    return evaluate(this.#rules, caller, actions);
  }
}
