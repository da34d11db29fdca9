import { z } from 'zod';
import { defineSshTool, textOutput } from './ssh-tool.ts';

export const sshCloseConnection = defineSshTool({
  name: 'ssh_close_connection',
  title: 'Close the SSH connection',
  description: 'Closes the connection to a server if no call uses it. The next call opens a new one by itself.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input: z.object({}),
  actions: (_input, host) => [{ kind: 'close_connection', host }],
  echo: () => ({}),
  async run(_input, { hosts, host, shownHost }) {
    const state = await hosts.closeConnection(host);
    const texts = {
      closed: `Connection to ${shownHost} closed.`,
      in_use: `Connection to ${shownHost} is in use by another call: left open.`,
      not_open: `No connection to ${shownHost} was open.`,
    };
    return textOutput(texts[state], { success: true, metadata: { state } }, { state });
  },
});
