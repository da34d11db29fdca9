import { describeProblem } from '../base/problem.ts';
import { describeLock } from '../locks/locks.ts';
import { readLocks } from '../locks/read-locks.ts';
import { listTokens } from '../identity/edit-tokens.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen } from './screen.ts';
import { loadServers } from './servers-of.ts';

/** Where the configuration is, and how much is in it. */
export async function status(options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config } = await openConfig(options);
  const { hosts, problems } = await loadServers(config);
  const { tokens, warnings } = await listTokens(config.tokensFile, { expiryHours: config.tokenExpiryHours });
  const enabled = (entries: Iterable<{ readonly enabled: boolean }>): number =>
    [...entries].filter((entry) => entry.enabled).length;
  const [enabledServers, enabledTokens] = [enabled(hosts.values()), enabled(tokens)];
  const locks = await readLocks(config.locksFile);
  const bad = [...problems.map(describeProblem), ...warnings];
  screen.show({
    text: [
      `Config directory: ${config.configDir}`,
      `Servers: ${hosts.size} (${enabledServers} enabled)`,
      `Tokens: ${tokens.length} (${enabledTokens} enabled)`,
      ...locks.map((lock) => `Locked: ${describeLock(lock)}`),
      ...bad,
    ],
    json: {
      config_dir: config.configDir,
      servers: hosts.size,
      servers_enabled: enabledServers,
      tokens: tokens.length,
      tokens_enabled: enabledTokens,
      locks,
      problems: bad,
    },
  });
}
