import { setTokenEnabled } from '../identity/edit-tokens.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { recorded } from './recorded.ts';
import { createScreen } from './screen.ts';
import { namedToken } from './tokens.ts';

const words = {
  enable: { eventType: 'token_created', done: 'enabled' },
  disable: { eventType: 'token_revoked', done: 'disabled' },
} as const;

/** `token enable` and `token disable`: a disabled token stays in the file and lets nobody in. */
export async function tokenEnable(
  verb: keyof typeof words,
  nameOrToken: string,
  options: CommonOptions,
): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const name = await namedToken(config, nameOrToken);
  const { eventType, done } = words[verb];
  const change = { tool: `token ${verb}`, eventType, metadata: { operation: done, token: name } };
  await recorded(change, { config, log }, () => setTokenEnabled(config.tokensFile, nameOrToken, done));
  screen.show({ text: [`✓ Token '${name}' ${done}`], json: { success: true, name, enabled: verb === 'enable' } });
}
