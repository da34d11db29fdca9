import type { Check } from '../check.ts';
import { configurationChecks } from './configuration.ts';
import { firstToolsChecks } from './first-tools.ts';
import { httpChecks } from './http.ts';
import { oauthChecks } from './oauth.ts';
import { operatingChecks } from './operating.ts';
import { secondToolsChecks } from './second-tools.ts';

/** Every check by its name, in the order in which they are run. */
export const checks = {
  ...configurationChecks,
  ...firstToolsChecks,
  ...secondToolsChecks,
  ...httpChecks,
  ...oauthChecks,
  ...operatingChecks,
} satisfies Readonly<Record<string, Check>>;

export type CheckName = keyof typeof checks;
