import { serverEntries, setServerEnabled } from '../hosts/edit-servers.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { recorded } from './recorded.ts';
import { createScreen } from './screen.ts';
import { notFound } from './servers-of.ts';

const words = {
  enable: { eventType: 'server_added', done: 'enabled' },
  disable: { eventType: 'server_removed', done: 'disabled' },
} as const;

/** `server enable` and `server disable`: who is disabled is not reached, and what runs there ends within two seconds. */
export async function serverEnable(verb: keyof typeof words, name: string, options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  if (!Object.hasOwn(await serverEntries(config.serversFile), name)) throw notFound(name);
  const { eventType, done } = words[verb];
  const change = { tool: `server ${verb}`, eventType, serverName: name, metadata: { operation: done } };
  await recorded(change, { config, log }, () => setServerEnabled(config.serversFile, name, done));
  screen.show({
    text: [`✓ Server '${name}' ${done}`],
    json: { success: true, server: name, enabled: verb === 'enable' },
  });
}
