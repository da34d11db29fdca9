import { readdirSync, readFileSync } from 'node:fs';

export interface CallProcess {
  readonly pid: number;
  /** Of which call. */
  readonly call: number;
  readonly commandLine: string;
}

/** The processes of this machine that a call started. */
export function processesOfCalls(tag: string): readonly CallProcess[] {
  const pattern = new RegExp(`CHAOS_CALL=${tag}-(\\d+)`);
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    const commandLine = read(name, 'cmdline');
    const call = pattern.exec(read(name, 'environ'))?.[1] ?? pattern.exec(commandLine)?.[1];
    if (call === undefined) return [];
    return [{ pid: Number(name), call: Number(call), commandLine: commandLine.replaceAll('\0', ' ').trim() }];
  });
}

/** Empty where the process has ended, or is somebody else's. */
function read(pid: string, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
