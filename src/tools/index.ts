import { cancelJob } from './cancel-job.ts';
import { checkServiceStatus } from './check-service-status.ts';
import { editFile } from './edit-file.ts';
import { executeCommand } from './execute-command.ts';
import { executeOnMultiple } from './execute-on-multiple.ts';
import { explainCommand } from './explain-command.ts';
import { findFiles } from './find-files.ts';
import { getJob } from './get-job.ts';
import { getSystemInfo } from './get-system-info.ts';
import { installPackage } from './install-package.ts';
import { listDirectory } from './list-directory.ts';
import { listServers } from './list-servers.ts';
import { manageService } from './manage-service.ts';
import { readFile } from './read-file.ts';
import { readLogs } from './read-logs.ts';
import { readOutput } from './read-output.ts';
import { sshCloseConnection } from './ssh-close-connection.ts';
import { sshEditFile } from './ssh-edit-file.ts';
import { sshExecute } from './ssh-execute.ts';
import { sshFindFiles } from './ssh-find-files.ts';
import { sshListDirectory } from './ssh-list-directory.ts';
import { sshManageService } from './ssh-manage-service.ts';
import { sshReadFile } from './ssh-read-file.ts';
import { sshSystemInfo } from './ssh-system-info.ts';
import { sshTailFile } from './ssh-tail-file.ts';
import { sshWriteFile } from './ssh-write-file.ts';
import { undoChange } from './undo-change.ts';
import type { Tool } from './tool.ts';
import { transferFile } from './transfer-file.ts';
import { writeFile } from './write-file.ts';

/** Every tool by the set that switches it on, in the order agents see them. */
export const toolsets = Object.freeze({
  core: Object.freeze([
    listServers,
    getSystemInfo,
    executeCommand,
    executeOnMultiple,
    getJob,
    cancelJob,
    readOutput,
    readFile,
    writeFile,
    editFile,
    listDirectory,
    findFiles,
    transferFile,
    checkServiceStatus,
    manageService,
    installPackage,
    readLogs,
    explainCommand,
    undoChange,
  ]),
  'ssh-mcp-server': Object.freeze([
    sshExecute,
    sshReadFile,
    sshWriteFile,
    sshEditFile,
    sshListDirectory,
    sshTailFile,
    sshFindFiles,
    sshManageService,
    sshSystemInfo,
    sshCloseConnection,
  ]),
}) satisfies Readonly<Record<string, readonly Tool[]>>;

export type ToolsetName = keyof typeof toolsets;

/** The tools of these sets, in the order of the sets above. */
export function toolsOf(names: readonly ToolsetName[]): readonly Tool[] {
  const wanted = new Set<string>(names);
  const sets = Object.entries<readonly Tool[]>(toolsets).filter(([name]) => wanted.has(name));
  return Object.freeze(sets.flatMap(([, tools]) => tools));
}
