import { textOf } from '../argument.ts';
import type { FormText } from '../closed-form.ts';
import { denied, fine, unlisted, type Remarks } from '../finding.ts';
import type { Arguments } from '../read-options.ts';

const aptOptions =
  '-qan --quiet --names-only --installed --upgradable --manual-installed --all-versions -f --full --no-all-versions --recurse --important';
const aptConfiguring = '-o=text -c=text --option=text --config-file=text';

/** An option that sets anything, in whatever use. */
function configuring(options: string, ...names: readonly string[]): FormText {
  return {
    options,
    operands: 'free*',
    needs: names.join('|'),
    also: () => denied('sets_options', 'sets options of its own'),
  };
}

function listed(verbs: string, options: string): FormText {
  return { verbs, leading: options, options, operands: 'unit*' };
}

const dnfOptions =
  '-qyCv --quiet --installed --available --all --updates --upgrades --security --bugfix --enabled --disabled --cacheonly --assumeno --showduplicates --recent ' +
  '--enablerepo=name --disablerepo=name --verbose --color=name --extras --obsoletes';
const dnf: readonly FormText[] = [
  listed(
    'list info search repolist provides check-update updateinfo updateinfo/list updateinfo/summary grouplist history/list history/info module/list',
    dnfOptions,
  ),
  { verbs: 'history', leading: dnfOptions, options: dnfOptions },
  configuring(
    `${dnfOptions} --setopt=text -c=text --config=text --installroot=text`,
    '--setopt',
    '-c',
    '--config',
    '--installroot',
  ),
];

/** Programs that tell of packages. */
export const packages: Readonly<Record<string, FormText | readonly FormText[]>> = {
  dpkg: [
    { options: '-l --list --no-pager', needs: '-l|--list', operands: 'unit*' },
    { options: '-s --status', needs: '-s|--status', operands: 'unit+' },
    { options: '-L --listfiles', needs: '-L|--listfiles', operands: 'unit+' },
    { options: '-S --search', needs: '-S|--search', operands: 'text+' },
    { options: '-p --print-avail', needs: '-p|--print-avail', operands: 'unit+' },
    { options: '-V --verify', needs: '-V|--verify', operands: 'unit*' },
    { options: '-C --audit', needs: '-C|--audit', operands: 'unit*' },
    { options: '--get-selections', needs: '--get-selections', operands: 'unit*' },
    { options: '--print-architecture', needs: '--print-architecture' },
    { options: '--print-foreign-architectures', needs: '--print-foreign-architectures' },
    { options: '--compare-versions', needs: '--compare-versions', operands: 'text lt|le|eq|ne|ge|gt|lt-nl|le-nl text' },
  ],
  'dpkg-query': [
    {
      options: '-WlsLS -f=text --show --list --status --listfiles --search --showformat=text',
      needs: '-W|-l|-s|-L|-S|--show|--list|--status|--listfiles|--search',
      operands: 'text*',
    },
  ],
  rpm: {
    options:
      '-qailcdsp --query --all --info --list --configfiles --docfiles --state --last --changelog --requires --provides --scripts --obsoletes --conflicts ' +
      '-f=look --file=look --whatprovides=name --whatrequires=name --qf=text --queryformat=text --nosignature --nodigest --recommends --suggests',
    needs: '-q|--query',
    operands: 'text*',
    also: rpmOperands,
  },
  apt: [
    { verbs: 'list show search policy depends rdepends', leading: aptOptions, options: aptOptions, operands: 'unit*' },
    configuring(`${aptOptions} ${aptConfiguring}`, '-o', '-c', '--option', '--config-file'),
  ],
  'apt-get': [
    { verbs: 'check', options: '-q' },
    configuring(`-qysf --yes ${aptConfiguring}`, '-o', '-c', '--option', '--config-file'),
  ],
  'apt-cache': [
    {
      verbs: 'show search policy depends rdepends madison stats showpkg pkgnames',
      leading: aptOptions,
      options: aptOptions,
      operands: 'unit*',
    },
    configuring(`${aptOptions} ${aptConfiguring}`, '-o', '-c', '--option', '--config-file'),
  ],
  'apt-mark': { verbs: 'showhold showauto showmanual', operands: 'name*' },
  'apt-config': {},
  yum: dnf,
  dnf,
  apk: {
    verbs: 'info list policy version',
    options: '-vaedLrwWst --installed --upgradable --available',
    operands: 'unit*',
  },
  pacman: { options: '-Qielqsomntud -k', needs: '-Q', operands: 'unit*' },
  zypper: {
    verbs: 'search se packages pa info if repos lr list-updates lu patches patch-check pchk',
    leading: '--no-refresh -q --quiet',
    options: '-isv --installed-only --details',
    operands: 'unit*',
    needs: '--no-refresh',
  },
  snap: { verbs: 'list info version services changes', options: '--all --verbose', operands: 'name*' },
  flatpak: { verbs: 'list info', options: '--app --runtime --system --user --columns=names', operands: 'name*' },
  'update-alternatives': [
    { options: '--display=name', needs: '--display' },
    { options: '--list=name', needs: '--list' },
    { options: '--query=name', needs: '--query' },
    { options: '--get-selections', needs: '--get-selections' },
  ],
};

/** Files and addresses may be packages to read; macros run programs. */
function rpmOperands({ operands, options }: Arguments): Remarks {
  const isPackageFile = options.some(({ name }) => name === '-p');
  const words = [...operands, ...options.flatMap(({ value }) => value ?? [])];
  const isBad = words.some((word) => /:\/\/|%\(|^@|[|;`$]/.test(textOf(word) ?? (word.kind === 'guarded' ? '' : '|')));
  if (isBad || isPackageFile) return unlisted('reads what is no name of a package');
  const macros = operands.some((word) => (textOf(word) ?? '').includes('%'));
  return macros ? unlisted('has a macro') : fine;
}
