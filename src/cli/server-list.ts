import { describeProblem } from '../base/problem.ts';
import type { Host } from '../hosts/host.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen, table } from './screen.ts';
import { isKeyKnown, loadServers } from './servers-of.ts';

export async function serverList(options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config } = await openConfig(options);
  const { hosts, problems } = await loadServers(config);
  const rows = [...hosts.values()].map((host) => [
    host.id,
    `${host.address}:${host.port}`,
    host.user,
    host.tags.join(', ') || '-',
    host.enabled ? '✓ Enabled' : '✗ Disabled',
    isKeyKnown(host) ? 'known' : 'unknown',
  ]);
  const header = ['Name', 'Host', 'User', 'Tags', 'Status', 'Host key'];
  const listed = rows.length === 0 ? ['No servers configured'] : table('Configured Servers', header, rows);
  const bad = problems.map((problem) => `Skipped: ${describeProblem(problem)}`);
  screen.show({ text: [...listed, ...bad], json: { servers: [...hosts.values()].map(describeHost), problems: bad } });
}

function describeHost(host: Host): unknown {
  const { id, address, port, user, tags, enabled, description } = host;
  const hostKey = isKeyKnown(host) ? 'known' : 'unknown';
  return { name: id, host: address, port, user, tags, enabled, description: description ?? null, host_key: hostKey };
}
