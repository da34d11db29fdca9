import { executeCommand } from './execute-command.ts';
import { getSystemInfo } from './get-system-info.ts';
import { listDirectory } from './list-directory.ts';
import { listServers } from './list-servers.ts';
import { readFile } from './read-file.ts';
import { readOutput } from './read-output.ts';
import type { Tool } from './tool.ts';
import { writeFile } from './write-file.ts';

/** Every tool, in the order agents see them. */
export const tools: readonly Tool[] = Object.freeze([
  listServers,
  getSystemInfo,
  executeCommand,
  readOutput,
  readFile,
  writeFile,
  listDirectory,
]);
