import { createHash } from 'node:crypto';
import packageJson from '../../../package.json' with { type: 'json' };
import type { LoadedPolicy } from './loaded-policy.ts';

/** A version of what decides: of our own rules, and of the file's text. */
export function policyVersion(text: string): string {
  const hash = createHash('sha256').update(`${packageJson.version}\0${text}`).digest('hex').slice(0, 12);
  return text === '' ? `built-in:${hash}` : hash;
}

/** The built-in profiles, with no file beside them. */
export const builtInPolicy: LoadedPolicy = {
  version: policyVersion(''),
  file: undefined,
  rules: [],
  roles: new Map(),
  defaults: {},
};

/** Ids of the built-in rules that rules of a policy may override. */
export const overridableRules = [
  'builtin:unlisted',
  'builtin:destructive',
  'builtin:privileged',
  'builtin:secrets',
  'builtin:fetched-code',
  'builtin:opaque',
  'builtin:protected-paths',
  'builtin:dynamic-argument',
  'builtin:writes',
  'builtin:forbidden',
  'builtin:sudo',
  'builtin:variables',
  'builtin:lockdown',
  'builtin:removes-files',
  'builtin:removes-trees',
  'builtin:network',
  'builtin:interpreter',
  'builtin:other-machine',
  'builtin:container-escape',
  'builtin:kubernetes-secret',
  'builtin:sets-options',
  'builtin:tar-runs-program',
  'builtin:opaque-shell',
  'builtin:evaluated-value',
  'builtin:path-above-home',
  'builtin:path-through-parent',
  'builtin:unknown-directory',
  'builtin:dynamic-program',
  'builtin:too-many',
] as const;

/** Nothing overrides it. */
export const catastrophicRule = 'builtin:catastrophic';
