import { describeProblem } from '../base/problem.ts';
import { describeLock } from '../locks/locks.ts';
import { readLocks } from '../locks/read-locks.ts';
import { listTokens } from '../identity/edit-tokens.ts';
import { Failed } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { statusLines } from './running-status.ts';
import { createScreen } from './screen.ts';
import { askStatus } from './status-socket.ts';
import { loadServers } from './servers-of.ts';

/** Where the configuration is, how much is in it, and how the gateway does that serves with it. Fails where that serves no calls. */
export async function status(options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config } = await openConfig(options);
  const { hosts, problems } = await loadServers(config);
  const { tokens, warnings } = await listTokens(config.tokensFile, { expiryHours: config.tokenExpiryHours });
  const enabled = (entries: Iterable<{ readonly enabled: boolean }>): number =>
    [...entries].filter((entry) => entry.enabled).length;
  const [enabledServers, enabledTokens] = [enabled(hosts.values()), enabled(tokens)];
  const locks = await readLocks(config.locksFile);
  const running = await askStatus(config);
  const bad = [...problems.map(describeProblem), ...warnings];
  screen.show({
    text: [
      `Config directory: ${config.configDir}`,
      `Servers: ${hosts.size} (${enabledServers} enabled)`,
      `Tokens: ${tokens.length} (${enabledTokens} enabled)`,
      ...locks.map((lock) => `Locked: ${describeLock(lock)}`),
      ...bad,
      ...statusLines(running),
    ],
    json: {
      config_dir: config.configDir,
      servers: hosts.size,
      servers_enabled: enabledServers,
      tokens: tokens.length,
      tokens_enabled: enabledTokens,
      locks,
      problems: bad,
      running: running ?? null,
    },
  });
  if (running && running.problems.length > 0) throw new Failed('the gateway serves no calls');
}
