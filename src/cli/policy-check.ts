import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { GatewayError } from '../base/errors.ts';
import { loadPolicy } from '../policy/rules/policy-file.ts';
import { listTokens } from '../identity/edit-tokens.ts';
import { resolveRole } from '../policy/rules/loaded-policy.ts';
import { Failed } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen } from './screen.ts';

/** Whether a policy can be taken in, and whether every token has a profile in it. */
export async function policyCheck(given: string | undefined, options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const file = given === undefined ? config.policyFile : resolve(given);
  if (given !== undefined && !existsSync(file)) throw new GatewayError('invalid_input', `${file} does not exist`);
  const policy = await loadPolicy(file, log);
  const { tokens } = await listTokens(config.tokensFile, {});
  const lost = tokens.filter(({ profile = 'seed' }) => resolveRole(policy, profile) === undefined);
  const problems = lost.map(
    ({ name, profile }) => `token '${name}': no profile or role ${profile ?? ''}: nothing is allowed to it`,
  );
  const { version, rules } = policy;
  const what =
    policy.file === undefined
      ? `${file} does not exist: the built-in profiles apply. Version ${version}`
      : `✓ ${file}: ${rules.length} rules, every test passed. Version ${version}`;
  const text = [what, ...problems];
  screen.show({ text, json: { ok: problems.length === 0, file, version, rules: rules.length, problems } });
  if (problems.length > 0) throw new Failed(problems.join('\n'));
}
