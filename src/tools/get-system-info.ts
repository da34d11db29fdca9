import { z } from 'zod';
import { serverName, wholeNumber } from './parameters.ts';
import { defineTool } from './tool.ts';

export const getSystemInfo = defineTool({
  name: 'get_system_info',
  title: 'Describe a server',
  description:
    'Tells what a server is: hostname, uptime, OS, kernel, CPU, memory, disk; under `facts` also package manager, ' +
    'init system, login user and shell, load, common tools. Use it before commands that depend on these.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input: z.object({
    server: serverName,
    max_age: wholeNumber(0, 86_400).default(60).describe('Seconds that the answer may be old'),
  }),
  actions: ({ server }) => [{ kind: 'gather_facts', host: server }],
  echo: ({ server }) => ({ server }),
  async run({ server, max_age }, { hosts, facts: cache }) {
    const card = await cache.card(server, max_age * 1000, () => hosts.gatherFacts(server));
    const { systemInfo, facts, answered } = card.facts;
    const age = { age_s: Math.floor(card.ageMs / 1000), gathered_at: card.gatheredAt.toISOString() };
    const json = { success: answered, server, system_info: systemInfo, facts, ...age };
    if (answered) return { json, outcome: { success: true } };
    const error = `${server} answered nothing: it seems to have no POSIX shell. Try execute_command.`;
    return { json: { ...json, error }, isError: true, outcome: { success: false } };
  },
});
