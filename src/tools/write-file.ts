import { z } from 'zod';
import { changeAnswer, changeMetadata } from './change-answer.ts';
import { pathAction } from '../policy/action.ts';
import { bySudo, filePath, oneOf, rightsOf, serverName, textUpTo } from './parameters.ts';
import { defineTool } from './tool.ts';
import { keepsSecrets, markWarning } from './written-marks.ts';

const maxContentsBytes = 8 * 1024 * 1024;

export const writeFile = defineTool({
  name: 'write_file',
  title: 'Write a file',
  description:
    'Writes text to a file on one server, as UTF-8: replaces the whole file in one step, or appends. Creates the ' +
    'file, not its directory. Returns bytes_written, and change_id for undo_change.',
  scope: 'write',
  readOnly: false,
  needs: 'changes',
  destructive: true,
  idempotent: false,
  input: z.object({
    server: serverName,
    file_path: filePath,
    contents: textUpTo(maxContentsBytes).describe('The text, exactly'),
    mode: oneOf(['overwrite', 'append']).default('overwrite').describe('Replace, or add to its end'),
    sudo: bySudo,
  }),
  actions: ({ server: host, file_path: path, sudo }) => [pathAction('write', { host, path, sudo })],
  echo: ({ server, file_path }) => ({ server, file_path }),
  async run({ server, file_path, contents, mode, sudo }, { hosts, secrets, ownSecrets }) {
    const becomes = {
      kind: mode === 'append' ? 'appended' : 'replaced',
      contents: Buffer.from(await ownSecrets.fill(server, contents)),
    } as const;
    const operation = mode === 'append' ? 'append' : 'write';
    const check = mode === 'append' ? undefined : keepsSecrets(contents, secrets);
    const change = await hosts.changeFile(server, file_path, { operation, becomes, check, by: rightsOf(sudo) });
    return {
      json: {
        success: true,
        server,
        file_path,
        mode,
        bytes_written: change.bytesWritten,
        ...changeAnswer(change),
        ...markWarning(contents),
      },
      outcome: {
        success: true,
        metadata: { operation: `write_${mode}`, bytes: change.bytesWritten, ...changeMetadata(change) },
      },
    };
  },
});
