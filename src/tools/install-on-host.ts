import { GatewayError } from '../base/errors.ts';
import { packageManagers, type BuiltAction, type PackageManager } from '../policy/action.ts';
import { readSections, type Section } from '../ssh/runs/sections.ts';
import { installCommand, plainInstall } from './install-command.ts';

type InstallAction = Extract<BuiltAction, { readonly kind: 'install_package' }>;

/** What `packageManagerScript` found. */
interface PackageHost {
  readonly isRoot: boolean;
  readonly hasSudo: boolean;
  readonly managers: readonly PackageManager[];
  /** In which version each family of managers has the package; absent where it is not installed. */
  readonly versions: ReadonlyMap<string, string>;
}

/**
 * The installation as this host needs it: with the package manager it has, and by `sudo -n` where that is allowed and
 * needed. Throws `unsupported_host` or `host_permission_denied` when it cannot be done there.
 */
export function installOnHost(
  action: InstallAction,
  { sudo, answer }: { readonly sudo: boolean; readonly answer: string },
): InstallAction {
  const { host } = action;
  const found = readPackageAnswer(answer);
  const manager = action.manager === 'auto' ? found.managers[0] : action.manager;
  if (manager === undefined) {
    const known = packageManagers.join(', ');
    throw new GatewayError(
      'unsupported_host',
      `Could not detect package manager: ${host} has none of ${known}. Look at it with get_system_info.`,
    );
  }
  if (!found.managers.includes(manager)) {
    const others = found.managers.length === 0 ? 'none that we know' : found.managers.join(', ');
    throw new GatewayError(
      'unsupported_host',
      `${host} has no ${manager}. It has: ${others}. Use package_manager auto.`,
    );
  }
  const bySudo = sudo && !found.isRoot;
  if (bySudo && !found.hasSudo) {
    const advice = 'Ask the operator to install sudo there, or to log in as root.';
    throw new GatewayError('host_permission_denied', `${host} has no sudo, which installing needs. ${advice}`);
  }
  const plain = plainInstall(manager, action.package);
  const command = installCommand(manager, action.package, bySudo ? 'sudo' : 'itself');
  const installed = found.versions.get(databases[manager]);
  return { ...action, manager, plain, command, ...(installed !== undefined && { installed }) };
}

/** Which program knows what a manager has installed. */
const databases: Readonly<Record<PackageManager, 'dpkg' | 'rpm' | 'apk' | 'pacman'>> = {
  apt: 'dpkg',
  dnf: 'rpm',
  yum: 'rpm',
  zypper: 'rpm',
  apk: 'apk',
  pacman: 'pacman',
};

/** The version of the package that was asked about; null where it is not installed. */
export function installedVersion(answer: string, manager: PackageManager): string | null {
  return readPackageAnswer(answer).versions.get(databases[manager]) ?? null;
}

function readPackageAnswer(answer: string): PackageHost {
  const sections = readSections(answer);
  const programs = new Set(sections.get('programs')?.lines ?? []);
  return {
    isRoot: sections.get('uid')?.lines[0] === '0',
    hasSudo: programs.has('sudo'),
    managers: packageManagers.filter((manager) => programs.has(manager === 'apt' ? 'apt-get' : manager)),
    versions: versionsIn(sections),
  };
}

function versionsIn(sections: ReadonlyMap<string, Section>): ReadonlyMap<string, string> {
  const patterns = {
    dpkg: /^installed (\S+)$/,
    rpm: /^(\S+)$/,
    apk: /^\S+-(\d\S*-r\d+) .*\[installed/,
    pacman: /^\S+ (\S+)$/,
  };
  const found = Object.entries(patterns).flatMap(([name, pattern]) => {
    const section = sections.get(name);
    const lines = section?.status === 0 ? section.lines : [];
    const [version] = lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
    return version === undefined ? [] : [[name, version] as const];
  });
  return new Map(found);
}
