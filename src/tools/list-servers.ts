import { z } from 'zod';
import { mayReach } from '../identity/caller.ts';
import { defineTool } from './tool.ts';

export const listServers = defineTool({
  name: 'list_servers',
  title: 'List servers',
  description:
    'Lists the servers you may use. Call it first: other tools take the names as `server`. Returns host, port, ' +
    'user, tags and description of each.',
  scope: undefined,
  readOnly: true,
  destructive: false,
  idempotent: true,
  closedWorld: true,
  input: z.object({
    tag: z.string({ error: 'must be text' }).optional().describe('Only servers with this tag'),
  }),
  actions: () => [{ kind: 'list_hosts' }],
  echo: () => ({}),
  async run({ tag }, { caller, inventory }) {
    const hosts = await inventory.all();
    const listed = hosts.filter(
      (host) => host.enabled && mayReach(caller, host.id) && (tag === undefined || host.tags.includes(tag)),
    );
    const servers = Object.fromEntries(
      listed.map(({ id, address, port, user, tags, description }) => {
        return [id, { host: address, port, user, tags, description: description ?? '' }];
      }),
    );
    return { json: { success: true, servers, count: listed.length }, outcome: { success: true } };
  },
});
