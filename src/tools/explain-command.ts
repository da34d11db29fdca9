import { z } from 'zod';
import { commandText, serverName } from './parameters.ts';
import { defineTool } from './tool.ts';

export const explainCommand = defineTool({
  name: 'explain_command',
  title: 'Explain a command',
  description: 'What policy decides on a command, and why; nothing runs.',
  scope: 'execute',
  readOnly: true,
  destructive: false,
  idempotent: true,
  closedWorld: true,
  input: z.object({ server: serverName, command: commandText.describe('As for execute_command') }),
  actions: ({ server }) => [{ kind: 'explain_command', host: server }],
  echo: ({ server, command }) => ({ server, command }),
  async run({ server, command }, { explain }) {
    const json = { server, command, ...(await explain(server, command)) };
    return { json, outcome: { success: true, metadata: { explained: command, decision: json.decision } } };
  },
});
