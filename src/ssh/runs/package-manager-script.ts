import { sectionScript } from './sections.ts';

/** Programs by which we know a package manager, and sudo. */
const programs = 'apt-get dnf yum zypper apk pacman sudo';

/** A command that tells which package managers a host has, and who the account is, read-only. */
export const packageManagerScript = sectionScript(
  [
    `programs() { for program in ${programs}; do command -v $program >/dev/null && echo $program; done; }`,
    'section uid id -u',
    'section programs programs',
  ].join('; '),
);
