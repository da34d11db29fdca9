import type { CompiledRule } from './compiled-rule.ts';
import type { HostTraits } from './host-selection.ts';
import type { DefaultsDocument } from './policy-schema.ts';
import type { BuiltInProfile } from './profiles.ts';

/** By what a caller's commands on a host are judged. */
export interface JudgingContext {
  readonly profile: BuiltInProfile;
  /** Rules of the policy for this caller and this host. */
  readonly rules: readonly CompiledRule[];
  readonly defaults: DefaultsDocument;
  /** Undefined where no host is meant. */
  readonly host: HostTraits | undefined;
}
