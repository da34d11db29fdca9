import { z } from 'zod';
import { changeAnswer, changeMetadata } from './change-answer.ts';
import { remotePath, textUpTo } from './parameters.ts';
import { defineSshTool, textOutput } from './ssh-tool.ts';
import { keepsSecrets, markWarning } from './written-marks.ts';

const maxContentBytes = 8 * 1024 * 1024;

export const sshWriteFile = defineSshTool({
  name: 'ssh_write_file',
  title: 'Write a file over SSH',
  description:
    'Writes text to a file on a server, as UTF-8: creates it, or replaces it whole in one step, keeping its permissions. ' +
    'Makes no directories.',
  scope: 'write',
  readOnly: false,
  needs: 'changes',
  destructive: true,
  idempotent: true,
  input: z.object({
    path: remotePath.describe('Absolute, or relative to the home directory'),
    content: textUpTo(maxContentBytes).describe('The text, exactly'),
  }),
  actions: ({ path }, host) => [{ kind: 'write_path', host, path }],
  echo: ({ path }) => ({ path }),
  async run({ path, content }, { hosts, host, secrets }) {
    const becomes = { kind: 'replaced', contents: Buffer.from(content) } as const;
    const change = await hosts.changeFile(host, path, {
      operation: 'write',
      becomes,
      check: keepsSecrets(content, secrets),
    });
    const { bytesWritten } = change;
    const metadata = { operation: 'write_overwrite', bytes: bytesWritten, ...changeMetadata(change) };
    return textOutput(
      `✓ Written: ${path}`,
      { success: true, metadata },
      {
        bytes_written: bytesWritten,
        ...changeAnswer(change),
        ...markWarning(content),
      },
    );
  },
});
