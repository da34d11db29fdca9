import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import { defineSshTool, textOutput } from './ssh-tool.ts';
import { parseFacts } from './system-facts.ts';

export const sshSystemInfo = defineSshTool({
  name: 'ssh_system_info',
  title: 'Describe a server over SSH',
  description: 'Tells what a server is, in one round trip: OS, hostname, uptime and load, CPU, memory, disk.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input: z.object({}),
  actions: (_input, host) => [{ kind: 'gather_facts', host }],
  echo: () => ({}),
  async run(_input, { hosts, host, shownHost }) {
    const { answered, overview } = parseFacts(await hosts.gatherFacts(host));
    if (!answered) {
      const message = `${shownHost} answered nothing: it seems to have no POSIX shell. Try ssh_execute.`;
      throw new GatewayError('host_unreachable', message, { ran: 'ran' });
    }
    const sections = Object.entries(overview).map(([name, text]) => `── ${name} ──\n${text}`);
    return textOutput(sections.join('\n\n'), { success: true });
  },
});
