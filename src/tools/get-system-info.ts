import { z } from 'zod';
import { serverName } from './parameters.ts';
import { parseFacts } from './system-facts.ts';
import { defineTool } from './tool.ts';

export const getSystemInfo = defineTool({
  name: 'get_system_info',
  title: 'Describe a server',
  description:
    'Tells what a server is, in one round trip: hostname, uptime, OS, kernel, CPU, memory, disk; under `facts` also ' +
    'package manager, init system, login user and shell, load, and which common tools are installed. Use it before ' +
    'running commands that depend on these.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input: z.object({ server: serverName }),
  actions: ({ server }) => [{ kind: 'gather_facts', host: server }],
  echo: ({ server }) => ({ server }),
  async run({ server }, { hosts }) {
    const { systemInfo, facts, answered } = parseFacts(await hosts.gatherFacts(server));
    const json = { success: answered, server, system_info: systemInfo, facts };
    if (answered) return { json, outcome: { success: true } };
    const error = `${server} answered nothing: it seems to have no POSIX shell. Try execute_command.`;
    return { json: { ...json, error }, isError: true, outcome: { success: false } };
  },
});
