import { access, constants, stat, statfs } from 'node:fs/promises';
import { GatewayError } from '../../base/errors.ts';
import { checkConfigFile } from '../../base/file-modes.ts';
import type { Config } from '../../config/load.ts';
import { ok, orOk, withFix, type Finding } from './finding.ts';

const mebibyte = 1024 * 1024;
const scarceBytes = 1024 * mebibyte;
const fullBytes = 64 * mebibyte;

/** Who may read and write the configuration. */
export async function checkFiles({
  configDir,
  serversFile,
  tokensFile,
  policyFile,
}: Config): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const file of [serversFile, tokensFile, policyFile, `${configDir}/sallyport.yaml`]) {
    try {
      findings.push(...(await checkConfigFile(file)).map((warning) => withFix('permissions', 'warning', warning)));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      findings.push(...error.message.split('\n').map((line) => withFix('permissions', 'error', line)));
    }
  }
  return orOk(findings, ok('permissions', 'Only you can write the configuration'));
}

/** Whether what must be written can be, and whether there is room. */
export async function checkPlaces({ dataDir, logsDir }: Config): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [name, directory] of [
    ['DATA_DIR', dataDir],
    ['LOGS_DIR', logsDir],
  ] as const) {
    findings.push(...(await checkPlace(name, directory)));
  }
  return findings;
}

async function checkPlace(name: string, directory: string): Promise<readonly Finding[]> {
  const stats = await stat(directory).catch(() => undefined);
  if (stats === undefined) return [ok(name, `${directory} will be made at the first call`)];
  if (!stats.isDirectory()) {
    return [{ check: name, level: 'error', message: `${directory} is no directory`, fix: `set ${name} to another` }];
  }
  const isWritable = await access(directory, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable) {
    const message = `${directory} cannot be written: without a record nothing runs`;
    return [{ check: name, level: 'error', message, fix: `chown ${process.geteuid?.() ?? ''} ${directory}` }];
  }
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  const room = `${Math.floor(free / mebibyte)} MB are free in ${directory}`;
  if (free >= scarceBytes) return [ok(name, room)];
  const level = free < fullBytes ? 'error' : 'warning';
  return [
    { check: name, level, message: room, fix: 'make room: when it is full, nothing can be recorded and nothing runs' },
  ];
}
