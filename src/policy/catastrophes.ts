import { foundBy } from './found-by-find.ts';
import { killsAll } from './kills-all.ts';
import { commandsQuotedBy } from './quoted-commands.ts';
import { bindsRoot, mountsRoot } from './root-mounts.ts';
import type { Arguments } from './shell/arguments.ts';
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
  return reading.findings.find(isCatastrophic)?.text ?? catastropheInCode(reading.units);
}

/** What no shell runs, but the programs that a shell starts with code of their own. */
function catastropheInCode(units: readonly Unit[]): string | undefined {
  for (const unit of units) {
    const quoted = commandsQuotedBy(unit);
    for (const reading of quoted === 'too_many' ? [] : quoted) {
      const found = reading.kind === 'units' ? catastropheIn(reading) : undefined;
      if (found !== undefined) return `${nameOf(unit)} has it in its code. ${found}`;
    }
  }
  return undefined;
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
  const changesAll = /^(?:chmod|chown|chgrp)$/.test(name) && has('--recursive');
  const removes = /^(?:rm|unlink|shred|srm|wipe)$/.test(name) && classes.has('destructive');
  const taken = name === 'mv' ? movedBy(args) : removes || changesAll ? writes : [];
  const removed = has('--recursive') || name === 'mv' ? 'trees' : 'files';
  const given = removes || name === 'mv' || name === 'truncate' ? givenTo(unit, { units, removed }) : [];
  const targets = has('-delete') ? foundBy(unit, removed) : [...taken, ...given];
  const root = targets.map((word) => systemRootIn(word, places)).find((path) => path !== undefined);
  if (root !== undefined) return `${name} would take ${root} with all that is in it.`;
  const replaced = name === 'rsync' && classes.has('destructive') ? writes : [];
  const system = replaced.flatMap((word) => places.pathsOf(word)).find((path) => systemTrees.test(path));
  return system === undefined ? undefined : `${name} would delete what is in ${system}.`;
};

/** The last operand is where it goes, unless an option says that. */
function movedBy({ options, operands }: Arguments): readonly Word[] {
  const words = operands.map(({ word }) => word);
  return options.some(({ name }) => name === '--target-directory') ? words : words.slice(0, -1);
}

const systemTrees = /^\/(?:(?:bin|boot|etc|lib\w*|root|sbin|usr|var)\/?)?$/;

/** Words that reach it from other commands: what echo(1) prints, what a here-string holds, where find(1) looks. */
function givenTo(
  unit: Unit,
  { units, removed }: { readonly units: readonly Unit[]; readonly removed: 'files' | 'trees' },
): readonly Word[] {
  const sources = units.filter((_, place) => unit.fedBy.includes(place));
  const given = sources.flatMap(({ redirects }) => redirects.filter(({ operator }) => operator === '<<<'));
  const printed = sources.filter((source) => ['echo', 'printf'].includes(nameOf(source))).flatMap(({ argv }) => argv);
  const isTold =
    unit.via.some((wrapper) => /^(?:xargs|parallel)$/.test(wrapper)) ||
    unit.argv.some(({ value }) => foundName.test(value));
  const finders = sources.filter((source) => isTold && nameOf(source) === 'find');
  const found = finders.flatMap((finder) => foundBy(finder, removed));
  return [...printed, ...given.map(({ target }) => target), ...found];
}

/** A word that is what was found: in `find -exec`, out of a loop, or of a substitution. */
const foundName = /^"?(?:\{\}|\$\{?[\w@*]+\}?|\$\(.+\)|`.+`)"?$/;

/** Empty where the program is not known. */
function nameOf(unit: Unit): string {
  return effectsOf(unit).args?.program.name ?? '';
}

const harmlessDevices =
  /^\/dev\/(?:null|zero|full|random|urandom|tty|ptmx|stdin|stdout|stderr|console|fd\/.*|pts\/.*|shm\/.*|mqueue\/.*|log)$/;

const destroysDisk: Check = ({ unit, effects: { args, classes, writes }, places }) => {
  const device = writes
    .flatMap((word) => places.pathsOf(word))
    .find((path) => /^\/dev\/./.test(path) && !harmlessDevices.test(path));
  if (device !== undefined) return `${unit.program.value || 'A redirection'} would write to the device ${device}.`;
  if (args === undefined) return undefined;
  const { name } = args.program;
  const words = unit.argv.map(({ value }) => value);
  if (diskMakers.test(name) && classes.has('destructive') && words.some((word) => word.startsWith('/dev/')))
    return `${name} would overwrite a device.`;
  const erases = deviceErasers.some(([eraser, erasing]) => eraser === name && erasing.test(words.join(' ')));
  return erases ? `${name} would erase a device.` : undefined;
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
  const valuesOf = (option: string) =>
    args.options.flatMap((one) => (one.name === option && one.value !== undefined ? [one.value.value] : []));
  const { name } = args.program;
  const enters = args.options.some((one) => firstProcess.test(`${one.name} ${one.value?.value ?? ''}`));
  if (name === 'nsenter' && enters) return 'nsenter would enter the first process of the host.';
  if (valuesOf('--volume').some(bindsRoot) || valuesOf('--mount').some(mountsRoot))
    return 'The whole file system of the host would be writable from a container.';
  const ends = name === 'killall5' || (name === 'kill' && killsAll(unit.argv.map(({ value }) => value).join(' ')));
  return ends ? `${name} would end every process, or the first.` : undefined;
};

const firstProcess = /^--target 0*1$| \/proc\/0*1\//;

const checks: readonly Check[] = [destroysSystem, destroysDisk, takesOver, leavesContainer];
