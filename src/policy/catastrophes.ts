import { effectsOf, type Effects } from './shell/effects.ts';
import { placesIn, systemRootIn, type Places } from './shell/places.ts';
import type { Finding, ShellReading, Unit, Word } from './shell/unit.ts';

/** What a reading shows that destroys the host or takes it over, in words; undefined if nothing. */
export function catastropheIn(reading: ShellReading): string | undefined {
  if (reading.kind === 'unreadable') return reading.code === 'hidden_characters' ? reading.text : undefined;
  const places = placesIn(reading);
  for (const unit of reading.units) {
    const effects = effectsOf(unit);
    for (const check of checks) {
      const found = check({ unit, effects, places, units: reading.units });
      if (found !== undefined) return found;
    }
  }
  return reading.findings.find(isCatastrophic)?.text;
}

interface Case {
  readonly unit: Unit;
  readonly effects: Effects;
  readonly places: Places;
  readonly units: readonly Unit[];
}

type Check = (one: Case) => string | undefined;

function isCatastrophic({ code }: Finding): boolean {
  return code === 'decoded_code' || code === 'network_redirect' || code === 'fork_bomb';
}

/** Whole systems, and the directories that everybody's homes are in. */
const destroysSystem: Check = ({ unit, effects: { args, classes, writes }, places, units }) => {
  if (args === undefined) return undefined;
  const { name } = args.program;
  const has = (option: string): boolean => args.options.some((one) => one.name === option);
  if (has('--no-preserve-root')) return `${name} is told not to spare the root directory.`;
  const isRecursive = name === 'chmod' || name === 'chown' || name === 'chgrp' ? has('--recursive') : name === 'mv';
  const removes = ['rm', 'shred', 'srm', 'wipe'].includes(name) && classes.has('destructive');
  const targets =
    name === 'find'
      ? foundTargets(unit, has('-delete'))
      : removes
        ? [...writes, ...printedFor(unit, units)]
        : isRecursive
          ? writes
          : [];
  const root = targets.map((word) => systemRootIn(word, places)).find((path) => path !== undefined);
  if (root !== undefined) return `${name} would take ${root} with all that is in it.`;
  const replaced = name === 'rsync' && classes.has('destructive') ? writes : [];
  const system = replaced.flatMap((word) => places.pathsOf(word)).find((path) => systemTrees.test(path));
  return system === undefined ? undefined : `${name} would delete what is in ${system}.`;
};

const systemTrees = /^\/(?:(?:bin|boot|etc|lib\w*|root|sbin|usr|var)\/?)?$/;

/** The words that echo(1) prints for it, in a substitution or through a pipe, and those of a here-string. */
function printedFor(unit: Unit, units: readonly Unit[]): readonly Word[] {
  const sources = unit.fedBy.flatMap((place) => units[place] ?? []);
  const printed = sources.filter(({ program }) => /^(?:echo|printf)$/.test(program.value)).flatMap(({ argv }) => argv);
  const given = sources.flatMap(({ redirects }) => redirects.filter(({ operator }) => operator === '<<<'));
  return [...printed, ...given.map(({ target }) => target)];
}

/** Where `find` starts, if it deletes whatever it finds. */
function foundTargets({ argv }: Unit, deletes: boolean): readonly Word[] {
  const runsRm = argv.some(
    ({ value }, index) =>
      value.startsWith('-exec') && /(?:^|\/)(?:rm|shred|unlink)$/.test(argv[index + 1]?.value ?? ''),
  );
  const isNarrow = argv.some(({ value }) =>
    /^-(?:i?name|i?path|i?regex|wholename|[amc]?time|[amc]min|newer\w*|size|empty|user|inum|maxdepth)$/.test(value),
  );
  if (isNarrow || !(deletes || runsRm)) return [];
  const end = argv.findIndex(({ value }) => /^[-(!]/.test(value));
  return argv.slice(0, end === -1 ? undefined : end);
}

const harmlessDevices =
  /^\/dev\/(?:null|zero|full|random|urandom|tty|ptmx|stdin|stdout|stderr|console|fd\/.*|pts\/.*|shm\/.*|mqueue\/.*|log)$/;

const destroysDisk: Check = ({ unit, effects: { args, classes, writes }, places }) => {
  const device = writes
    .flatMap((word) => places.pathsOf(word))
    .find((path) => /^\/dev\/./.test(path) && !harmlessDevices.test(path));
  if (device !== undefined) return `${unit.program.value || 'A redirection'} would write to the device ${device}.`;
  const makes = args !== undefined && diskMakers.test(args.program.name) && classes.has('destructive');
  if (makes && unit.argv.some(({ value }) => value.startsWith('/dev/')))
    return `${args.program.name} would overwrite a device.`;
  const text = unit.argv.map(({ value }) => value).join(' ');
  const erases = deviceErasers.some(([name, words]) => name === args?.program.name && words.test(text));
  return erases ? `${args?.program.name ?? ''} would erase a device.` : undefined;
};

const diskMakers =
  /^(?:mkfs.*|mke2fs|mkdosfs|mkntfs|mkswap|wipefs|blkdiscard|[sc]?fdisk|[sc]?gdisk|parted|badblocks|nwipe|scrub|shred|sg_format|dc3dd|dcfldd|ddrescue)$/;

const deviceErasers: readonly (readonly [program: string, words: RegExp])[] = [
  ['nvme', /^(?:format|sanitize)\b/],
  ['hdparm', /--(?:security-erase|trim-sector|make-bad-sector|write-sector|repair-sector)/],
  ['cryptsetup', /(?:^| )(?:luksFormat|luksErase|erase|reencrypt)\b/],
];

/** Files that say who may log in and become root. */
const accountFiles =
  /^\/etc\/(?:passwd-?|shadow-?|group-?|gshadow-?|sudoers|sudoers\.d\/.*|doas\.conf|security\/.*|pam\.d\/.*|ld\.so\.preload)$/;
/** Files by which the kernel runs programs, or the host restarts at once. */
const kernelFiles =
  /^\/proc\/(?:sysrq-trigger|sys\/kernel\/(?:core_pattern|modprobe|hotplug)|kcore|mem)$|^\/sys\/kernel\/uevent_helper$|\/release_agent$/;

const takesOver: Check = ({ effects: { args, classes, writes }, places }) => {
  const paths = writes.flatMap((word) => places.pathsOf(word));
  const account = paths.find((path) => accountFiles.test(path));
  if (account !== undefined) return `It would write ${account}, which says who may log in and become root.`;
  const kernel = paths.find((path) => kernelFiles.test(path));
  if (kernel !== undefined) return `It would write ${kernel}, by which the kernel runs programs or ends.`;
  if (args === undefined) return undefined;
  const isMode = args.program.name === 'chmod' || args.program.name === 'install';
  if (isMode && classes.has('privileged')) return `${args.program.name} would let a file run as another account.`;
  return undefined;
};

/** Out of a container, or into the first process of the host. */
const leavesContainer: Check = ({ unit, effects: { args } }) => {
  if (args === undefined) return undefined;
  const { name } = args.program;
  const valuesOf = (option: string) =>
    args.options.flatMap((one) => (one.name === option && one.value !== undefined ? [one.value.value] : []));
  if (name === 'nsenter' && valuesOf('--target').includes('1'))
    return 'nsenter would enter the first process of the host.';
  if (/^(?:docker|podman|nerdctl) (?:run|create)$/.test(name)) {
    const binds = valuesOf('--volume').some((value) => /^\/+:[^:]*(?!.*:(?:.*,)?ro\b)(?::|$)/.test(value));
    const mounts = valuesOf('--mount').some(
      (value) => /(?:^|,)(?:source|src)=\/+(?:,|$)/.test(value) && !/(?:^|,)(?:readonly|ro)\b/.test(value),
    );
    if (binds || mounts) return 'The whole file system of the host would be writable from a container.';
  }
  const text = unit.argv.map(({ value }) => value).join(' ');
  const ends =
    name === 'kill' &&
    /(?:^| )(?:-\d+ |-[A-Z]+ |-s \S+ |-n \d+ |-- )+(?:-1|1)(?: |$)|^1(?: |$)/.test(text) &&
    !/^-(?:0|l|L|HUP|SIGHUP|1|s HUP) 1$/.test(text);
  return ends ? 'kill would end every process, or the first.' : undefined;
};

const checks: readonly Check[] = [destroysSystem, destroysDisk, takesOver, leavesContainer];
