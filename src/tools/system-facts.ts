import { readSections } from '../ssh/runs/sections.ts';
import type { JsonObject } from './tool.ts';

const unknown = 'N/A';

export interface SystemFacts {
  /** The seed's keys, each a text in the seed's format or `N/A`. */
  readonly systemInfo: Readonly<Record<string, string>>;
  /** What else could be found out; what could not is left out. */
  readonly facts: JsonObject;
  /** The second seed's sections, by their headings. */
  readonly overview: Readonly<Record<string, string>>;
  /** What its clock is ahead of UTC, such as `+0100`. */
  readonly zone: string | undefined;
  /** Whether the script ran at all. */
  readonly answered: boolean;
}

/** Reads what the facts script wrote. */
export function parseFacts(output: string): SystemFacts {
  const sections = readSections(output);
  const lines = (name: string): readonly string[] => sections.get(name)?.lines ?? [];
  const line = (name: string): string | undefined => nonEmpty(lines(name)[0]);
  const memory = memoryOf(lines('memory'));
  const release = releaseOf(lines('os_release'));
  const systemInfo = {
    hostname: line('hostname') ?? unknown,
    uptime: line('uptime') ?? unknown,
    os_release: nonEmpty(lines('os_release').join('\n')) ?? unknown,
    kernel: line('kernel') ?? unknown,
    cpu_info: processorOf(lines('processor')) ?? unknown,
    memory: memory ? `Total: ${size(memory.total)}, Used: ${size(memory.used)}, Free: ${size(memory.free)}` : unknown,
    disk: diskOf(lines('disk')) ?? unknown,
  };
  const zone = /^[+-]\d{4}$/.exec(line('zone') ?? '')?.[0];
  const programs = lines('programs').map((name) => name.trim());
  const facts = {
    system: line('system'),
    distribution: release.get('PRETTY_NAME'),
    arch: line('arch'),
    cpus: numberOf(line('processors')),
    load: line('load')?.split(' ').slice(0, 3).map(numberOf),
    memory_available_bytes: memory?.available,
    user: /^uid=\d+\(([^)]*)\)/.exec(line('id') ?? '')?.[1],
    uid: numberOf(/^uid=(\d+)/.exec(line('id') ?? '')?.[1]),
    shell: line('shell'),
    init: line('init'),
    package_manager: packageManagers.find((name) => programs.includes(name)),
    programs: sections.has('programs') ? programs.filter((name) => !packageManagers.includes(name)) : undefined,
    logged_in: sections.has('logins') ? lines('logins').length : undefined,
    time: line('time'),
    utc_offset: zone,
  };
  const both = (...parts: readonly (string | undefined)[]): string => parts.filter(Boolean).join('\n') || unknown;
  const overview = {
    OS: both(release.get('PRETTY_NAME'), [line('system'), line('kernel'), line('arch')].filter(Boolean).join(' ')),
    Hostname: systemInfo.hostname,
    'Uptime / Load': systemInfo.uptime,
    CPU: both(line('processors'), processorOf(lines('processor'))),
    Memory: lines('free').join('\n') || systemInfo.memory,
    Disk: line('disks') ?? systemInfo.disk,
  };
  return { systemInfo, facts: withoutUndefined(facts), overview, zone, answered: sections.size > 0 };
}

const packageManagers: readonly string[] = ['apt-get', 'dnf', 'yum', 'zypper', 'pacman', 'apk', 'brew', 'pkg'];

/** `Model name: x` of lscpu, `model name : x` of /proc/cpuinfo, or the single line of sysctl. */
function processorOf(lines: readonly string[]): string | undefined {
  const named = lines.find((line) => /^\s*model name\s*:/i.test(line) && !/:\s*-?\s*$/.test(line));
  if (named !== undefined) return named.slice(named.indexOf(':') + 1).trim();
  return lines.length === 1 ? nonEmpty(lines[0]) : undefined;
}

interface Memory {
  readonly total: number;
  readonly used: number;
  readonly free: number;
  readonly available: number;
}

/** As `free` counts: used is what is neither free nor cache that could be given up (proc(5), /proc/meminfo). */
function memoryOf(lines: readonly string[]): Memory | undefined {
  const values = new Map<string, number>();
  for (const line of lines) {
    const [, name, kibibytes] = /^(\w+):\s+(\d+) kB/.exec(line) ?? [];
    if (name !== undefined) values.set(name, Number(kibibytes) * 1024);
  }
  const [total, free] = [values.get('MemTotal'), values.get('MemFree')];
  if (total === undefined || free === undefined) return undefined;
  const available = values.get('MemAvailable') ?? free + (values.get('Buffers') ?? 0) + (values.get('Cached') ?? 0);
  return { total, used: Math.max(0, total - available), free, available };
}

/** As `free -h` writes sizes. */
function size(bytes: number): string {
  const units = ['B', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.floor(value)}${units[unit] ?? ''}`;
}

/** The last line of `df -hP /`, read from its end: the name of a file system may hold blanks. */
function diskOf(lines: readonly string[]): string | undefined {
  const words = lines.slice(1).at(-1)?.trim().split(/\s+/) ?? [];
  const [total, used, available, percent, mount] = words.slice(-5);
  if (words.length < 6 || mount !== '/') return undefined;
  return `Size: ${total}, Used: ${used}, Avail: ${available}, Use%: ${percent}`;
}

function releaseOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const pairs = lines.flatMap((line) => {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, (value ?? '').replace(/^(["'])(.*)\1$/, '$2')] as const];
  });
  return new Map(pairs);
}

function nonEmpty(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function withoutUndefined(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
