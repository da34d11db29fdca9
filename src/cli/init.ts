import type { Log } from '../base/log.ts';
import type { Config } from '../config/load.ts';
import { listTokens } from '../identity/edit-tokens.ts';
import { rewriteJsonFile } from '../base/json-file.ts';
import { scopes } from '../identity/caller.ts';
import type { Secret } from '../base/secret.ts';
import { makePrivateDirectory, openConfig, type CommonOptions } from './open-config.ts';
import { createScreen } from './screen.ts';
import { recordedToken } from './tokens.ts';

/** Makes what is missing of a configuration; what is there stays. */
export async function init(options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  await makePrivateDirectory(config.configDir);
  await rewriteJsonFile(config.serversFile, (members) => ({ servers: {}, ...members }));
  const token = await firstToken('init', { config, log });
  const next = 'sallyport server add';
  const text = [
    `Configuration: ${config.configDir}`,
    ...(token === undefined
      ? ['There are tokens already; another one: sallyport token create']
      : [`Token: ${token.reveal()}`, "Save it now: it won't be shown again."]),
    `Next: ${next}, then sallyport serve`,
  ];
  screen.show({ text, json: { config_dir: config.configDir, token: token?.reveal() ?? null, next } });
}

/** A token with every permission on every server; undefined where tokens exist. */
export async function firstToken(
  tool: string,
  { config, log }: { readonly config: Config; readonly log: Log },
): Promise<Secret | undefined> {
  const { tokens, warnings } = await listTokens(config.tokensFile, {});
  if (tokens.length > 0 || warnings.length > 0) return undefined;
  const description = 'Made at the first start';
  const token = {
    name: 'default',
    description,
    scopes,
    allowedServers: ['*'],
    expiresAt: undefined,
    profile: 'standard',
  };
  return await recordedToken(tool, { config, log }, token);
}
