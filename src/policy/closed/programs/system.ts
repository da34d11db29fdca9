import type { FormText } from '../closed-form.ts';
import { atIntervals } from './intervals.ts';

const freeOptions =
  '-bkmghtwlvL --bytes --kilo --mega --giga --tera --kibi --mebi --gibi --tebi --human --si --total --wide --lohi --committed';

const last: FormText = {
  options:
    '-adFiwxRh0123456789 -n=int -f=read -s=text -t=text -p=text --limit=int --fulltimes --fullnames --system --hostlast ' +
    '--since=text --until=text --dns --ip --nohostname',
  operands: 'name*',
};

/** Programs that tell about the machine, its processes and its users. */
export const system: Readonly<Record<string, FormText | readonly FormText[]>> = {
  uptime: { options: '-psV --pretty --since --version' },
  whoami: { options: '--version' },
  id: { options: '-agGnruzZ --group --groups --name --real --user --zero --version', operands: 'name*' },
  groups: { operands: 'name*' },
  who: [
    { options: '-abdHlmpqrstTuw --all --boot --count --heading --login --lookup --runlevel --short --time --users' },
    { operands: 'am|mom i|I|likes' },
  ],
  w: { options: '-hufosiVp --no-header --from --short --ip-addr --version', operands: 'name?' },
  users: {},
  logname: {},
  last,
  lastb: last,
  uname: {
    options:
      '-asnrvmpio --all --kernel-name --nodename --kernel-release --kernel-version --machine --operating-system --version',
  },
  arch: {},
  nproc: { options: '--all --ignore=int' },
  free: [
    { options: freeOptions },
    { options: `${freeOptions} -s=num<=60 -c=int<=60 --seconds=num<=60 --count=int<=60`, needs: '-c|--count' },
  ],
  pwd: { options: '-LP' },
  tty: { options: '-s' },
  hostid: {},
  runlevel: {},
  lscpu: {
    options:
      '-aebcpJxyBC --all --online --offline --bytes --hex --physical --json --extended[=names] --parse[=names] --caches[=names] --output-all',
  },
  lsblk: {
    options:
      '-abdfilJmnNOpPrsStTvzD -o=names -e=names -I=names -x=names -E=name -M --all --bytes --nodeps --fs --ascii --list ' +
      '--json --noheadings --output=names --output-all --paths --pairs --raw --inverse --scsi --topology --perms --sort=names ' +
      '--exclude=names --include=names --nvme --virtio --merge --zoned --discard --tree[=names]',
    operands: 'look*',
  },
  lsmod: {},
  lspci: { options: '-vnktmDbx -s=text -d=text' },
  lsusb: { options: '-vt -s=text -d=text' },
  lshw: { options: '-short -businfo -quiet -numeric -class=name -C=name', style: 'words' },
  getconf: { options: '-a', operands: 'name*' },
  lsb_release: { options: '-aidrcsvh --all --id --description --release --codename --short' },
  pgrep: {
    options:
      '-clafnovxwiLh -d=text -u=names -U=names -g=names -G=names -P=names -s=names -t=names -r=names -O=int --list-name ' +
      '--list-full --full --newest --oldest --inverse --exact --count --ignore-case --delimiter=text --euid=names ' +
      '--uid=names --group=names --pgroup=names --parent=names --session=names --terminal=names --older=int',
    operands: 'text?',
  },
  pidof: { options: '-sxcq -o=name -S=sep', operands: 'name+' },
  pstree: {
    options:
      '-aAclnpstTuUghHZV --arguments --ascii --compact-not --long --numeric-sort --show-pids --show-parents --hide-threads ' +
      '--uid-changes --unicode --show-pgids --highlight-all --thread-names',
    operands: 'name?',
  },
  locale: { options: '-amck --all-locales --charmaps --category-name --keyword-name', operands: 'name*' },
  lslocks: {
    options:
      '-nurJbi -o=names -p=int --noheadings --output=names --pid=int --raw --json --bytes --notruncate --noinaccessible',
  },
  lsns: {
    options: '-nlruJWP -t=name -p=int -o=names --type=name --task=int --noheadings --output=names --raw --json --list',
    operands: 'int?',
  },
  ipcs: { options: '-qmsatpclu -i=int --all --time --pid --creator --limits --summary --human --bytes' },
  lsipc: { options: '-mqsgctbJlnrGPpy -i=int -o=names' },
  lsmem: {
    options: '-abJnrPS -o=names --all --bytes --json --noheadings --output=names --pairs --raw --summary[=name]',
  },
  getenforce: {},
  sestatus: { options: '-vb' },
  'aa-status': { options: '--enabled --profiled --enforced --complaining --verbose --json --pretty-json --count' },
  modinfo: {
    options: '-0nadlp -F=name -k=name --author --description --license --parameters --filename --field=name',
    operands: 'name+',
  },
  pmap: { options: '-xXdqp', operands: 'int+' },
  numastat: { options: '-cmnvz -p=name -s[=name]', operands: 'name*' },
  numactl: { options: '-Hs --hardware --show' },
  atq: { options: '-V -q=sep' },
  mailq: {},
  'systemd-detect-virt': { options: '-cvrq --container --vm --chroot --private-users --quiet --list' },
  sensors: { options: '-AfujnN --no-adapter --fahrenheit', operands: 'name*' },
  pg_lsclusters: { options: '-hj --no-header --json' },
  nfsstat: { options: '-csnrmlv234 -o=name --server --client --nfs --rpc --mounts --list --all' },
  repquota: { options: '-avsugPtinpC --all --verbose --human-readable[=name] --user --group', operands: 'look*' },
  lsattr: { options: '-Radlpv', operands: 'look*' },
  getfacl: {
    options: '-acdeEsRLPtnp --access --default --omit-header --numeric --absolute-names --tabular',
    operands: 'look+',
  },
  getcap: { options: '-rvn', operands: 'look*' },
  blkid: { options: '-kiU=name -L=name -o=name -s=name', operands: 'look*' },
  swapon: { options: '-s --show[=names] --noheadings --raw --bytes --summary', needs: '--show|-s|--summary' },
  vmstat: atIntervals(
    '-afmnsdDwty -p=name -S=sep --active --forks --slabs --one-header --stats --disk --disk-sum --wide --timestamp',
  ),
  mpstat: atIntervals('-AunHTN -P=names -I=names -o=name'),
  iostat: atIntervals('-cdhkmNstxyz -p[=names] -g=name -j=name -o=name --dec=int --human --pretty -V'),
  pidstat: atIntervals('-dHhIlRrstUuVvw -p=names -C=text -G=text -T=name -U[=name] --dec=int --human'),
  sar: atIntervals(
    '-AbBdFHhpqrRStuvVwWxyzC -n=names -P=names -I=names -m=names -i=int -s=text -e=text -f=read -q[=names] --human --pretty --dec=int',
  ),
  'systemd-cgtop': {
    options: '-bptcmikPr -n=int<=10 -d=num<=60 --batch --iterations=int<=10 --raw --depth=int',
    needs: '-b|--batch -n|--iterations',
    operands: 'look?',
  },
  'systemd-cgls': { options: '-alk -u=unit --no-pager --all --full --unit=unit', operands: 'look*' },
  iotop: {
    options:
      '-boaPktq -n=int<=10 -d=num<=60 -p=int -u=name --batch --iter=int<=10 --only --processes --accumulated --kilobytes',
    needs: '-b|--batch -n|--iter',
  },
  top: {
    options: '-bcHiSsEe1 -n=int<=10 -d=num<=60 -p=names -u=name -U=name -w[=int<=512] -o=text -O',
    needs: '-b -n',
  },
  ulimit: { options: '-SHacdfilmnpqrstuvxbekPRT' },
  cal: { options: '-13jmsyYwn -A=int -B=int -n=int', operands: 'name*' },
  uuidgen: { options: '-rt' },
};
