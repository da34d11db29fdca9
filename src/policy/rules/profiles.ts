import type { Decision } from '../evaluate.ts';
import type { FindingCode } from '../shell/unit.ts';

/** The profiles that are built in. */
export const builtInProfiles = ['observe', 'operator', 'standard', 'admin', 'seed', 'lockdown'] as const;
export type BuiltInProfile = (typeof builtInProfiles)[number];

export function isBuiltInProfile(name: string): name is BuiltInProfile {
  return builtInProfiles.some((profile) => profile === name);
}

/** What a profile says of what no rule mentions, and of what cannot be known. */
export interface ProfileDefaults {
  readonly unlisted: Decision;
  /** A text that is not read as shell. */
  readonly unparsable: Decision;
  readonly destructive: Decision;
  readonly secrets: Decision;
  readonly finding: (finding: {
    readonly code: FindingCode;
    readonly severity: 'ask' | 'deny';
    readonly isMild: boolean;
  }) => Decision;
}

const allowAll: ProfileDefaults = {
  unlisted: 'allow',
  unparsable: 'allow',
  destructive: 'allow',
  secrets: 'allow',
  finding: () => 'allow',
};

const closed = (unlisted: Decision): ProfileDefaults => ({
  unlisted,
  unparsable: 'deny',
  destructive: unlisted,
  secrets: 'deny',
  finding: ({ code, severity }) => (severity === 'ask' && isStructure(code) ? unlisted : severity),
});

/** Not dangerous by itself, and in no list. */
function isStructure(code: FindingCode): boolean {
  return code === 'redefined_command' || code === 'coproc' || code === 'may_not_end';
}

export const profileDefaults: Readonly<Record<BuiltInProfile, ProfileDefaults>> = {
  observe: closed('deny'),
  operator: closed('ask'),
  standard: {
    unlisted: 'allow',
    unparsable: 'ask',
    destructive: 'ask',
    secrets: 'ask',
    finding: ({ severity, isMild }) => (severity === 'deny' && !isMild ? 'ask' : 'allow'),
  },
  admin: allowAll,
  seed: allowAll,
  lockdown: { ...closed('deny'), unlisted: 'deny' },
};

/** The profile by whose rules commands are judged that tools build themselves. */
export function closedRulesOf(profile: BuiltInProfile): 'observe' | 'operator' | undefined {
  switch (profile) {
    case 'observe':
    case 'operator':
      return profile;
    case 'lockdown':
      return 'operator';
    case 'standard':
    case 'admin':
    case 'seed':
      return undefined;
  }
}

const order = { allow: 0, ask: 1, deny: 2 } as const satisfies Record<Decision, number>;

export function stricter(a: Decision, b: Decision): Decision {
  return order[b] > order[a] ? b : a;
}
