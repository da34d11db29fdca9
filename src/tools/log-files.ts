import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { GatewayError } from '../base/errors.ts';
import type { HostId } from '../hosts/host.ts';
import type { HostAccess } from '../ssh/access.ts';
import { lastLines, type FoundLines, type LineQuery } from './log-lines.ts';

const unzip = promisify(gunzip);

/** The ends of a file that are looked through, one after the other, until there are enough lines. */
const windows: readonly number[] = [256 * 1024, 2 * 1024 * 1024, 8 * 1024 * 1024];
const maxZippedBytes = 8 * 1024 * 1024;
const maxUnzippedBytes = 32 * 1024 * 1024;

export interface LogFile {
  readonly path: string;
  readonly lines: readonly string[];
  /** What could not be looked at, in a few words. */
  readonly note?: string;
}

/** The last lines of a log that are asked for, from its file and then the older ones until there are enough; the oldest file first. */
export async function readLogFiles(
  hosts: HostAccess,
  host: HostId,
  { paths, query }: { readonly paths: readonly [string, ...string[]]; readonly query: LineQuery },
): Promise<readonly LogFile[]> {
  const read: LogFile[] = [];
  let wanted = query.lines;
  for (const [at, path] of paths.entries()) {
    // A file that was rotated may be gone again; that the log itself cannot be read is an answer.
    const found = await readOne(hosts, host, { path, query: { ...query, lines: wanted } }).catch((error: unknown) => {
      if (at === 0 || !(error instanceof GatewayError)) throw error;
      return { lines: [], isEnough: false, note: error.code };
    });
    read.unshift({ path, lines: found.lines, ...(found.note !== undefined && { note: found.note }) });
    wanted -= found.lines.length;
    if (found.isEnough || wanted <= 0) break;
  }
  return read;
}

type Found = FoundLines & { readonly note?: string };

async function readOne(
  hosts: HostAccess,
  host: HostId,
  { path, query }: { readonly path: string; readonly query: LineQuery },
): Promise<Found> {
  if (path.endsWith('.gz')) return await readZipped(hosts, host, { path, query });
  if (/\.(?:xz|bz2|zst|lz4)$/.test(path))
    return { lines: [], isEnough: false, note: 'compressed in a way we do not read' };
  for (const bytes of windows) {
    const { data, sizeBytes } = await hosts.readFileEnd(host, path, bytes);
    const isWhole = data.length >= sizeBytes;
    const text = data.toString();
    // What a window begins with is the end of a line.
    const found = await lastLines(isWhole ? text : text.slice(text.indexOf('\n') + 1), query);
    if (found.isEnough || isWhole) return found;
    if (bytes === windows.at(-1))
      return { ...found, isEnough: true, note: `only the last ${bytes} of ${sizeBytes} bytes were looked through` };
  }
  throw new Error('the last window is the last');
}

async function readZipped(
  hosts: HostAccess,
  host: HostId,
  { path, query }: { readonly path: string; readonly query: LineQuery },
): Promise<Found> {
  const { data, sizeBytes } = await hosts.readFileEnd(host, path, maxZippedBytes);
  if (data.length < sizeBytes) return { lines: [], isEnough: true, note: 'too large to be unpacked' };
  // A bomb ends at the limit.
  const text = await unzip(data, { maxOutputLength: maxUnzippedBytes }).catch(() => undefined);
  if (text === undefined) return { lines: [], isEnough: true, note: 'could not be unpacked' };
  return await lastLines(text.toString(), query);
}
