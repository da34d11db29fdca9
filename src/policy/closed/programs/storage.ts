import { textOf } from '../argument.ts';
import type { FormText } from '../closed-form.ts';
import { fine, unlisted } from '../finding.ts';

const lvm: FormText = {
  options:
    '-aPv -o=text -O=text -S=text --all --units=name --noheadings --nosuffix --options=text --sort=text --select=text --separator=sep ' +
    '--segments --rows --reportformat=basic|json --aligned --unquoted --unbuffered --partial --readonly --nameprefixes --ignorelockingfailure',
  operands: 'look*',
};
const lvmDisplay: FormText = { options: '-cCmvs --colon --columns --maps --units=name --short', operands: 'look*' };

/** Programs that tell of disks and volumes. Devices are named, and not opened as files. */
export const storage: Readonly<Record<string, FormText | readonly FormText[]>> = {
  lvs: lvm,
  vgs: lvm,
  pvs: lvm,
  lvdisplay: lvmDisplay,
  vgdisplay: lvmDisplay,
  pvdisplay: lvmDisplay,
  zpool: [
    { verbs: 'status', options: '-vxLPDts', operands: 'name*', also: noNumbers },
    { verbs: 'list', options: '-HLpPv -o=names', operands: 'name*', also: noNumbers },
    { verbs: 'get', options: '-Hp -o=names', operands: 'names name*' },
  ],
  zfs: [
    { verbs: 'list', options: '-Hpr -o=names -s=name -S=name -t=names -d=int', operands: 'text*' },
    { verbs: 'get', options: '-Hpr -o=names -s=names -t=names -d=int', operands: 'names text*' },
  ],
  btrfs: {
    verbs:
      'filesystem/df filesystem/show filesystem/usage device/stats device/usage subvolume/list scrub/status fi/df fi/show fi/usage',
    options: '-bhHkmgtT --raw --human-readable --si -pacgustq',
    operands: 'look?',
  },
  smartctl: {
    options: '-aHiAxc -l=name -d=text --scan --all --health --info --attributes --xall --json[=name] -j',
    operands: 'look?',
  },
  nvme: [
    { verbs: 'list', options: '-v -o=normal|json', operands: '' },
    { verbs: 'smart-log', options: '-o=normal|json', operands: 'look' },
  ],
  mdadm: [
    { options: '-D --detail --scan', needs: '-D|--detail', operands: 'look*' },
    { options: '-Q --query', needs: '-Q|--query', operands: 'look+' },
  ],
  tune2fs: { options: '-l', needs: '-l', operands: 'look' },
  dumpe2fs: { options: '-h', needs: '-h', operands: 'look' },
  lsscsi: { options: '-dgiklLpsStuvw' },
  multipath: { options: '-l', needs: '-l', operands: 'name?' },
  dmsetup: { verbs: 'ls info status', options: '-cC --tree', operands: 'name*' },
  losetup: { options: '-al --all --list -O=names --output=names --noheadings -J --json' },
  exportfs: { options: '-v -s', needs: '-v|-s' },
  showmount: { options: '-aed --no-headers --exports' },
  quota: { options: '-gusvw', operands: 'name*' },
  dmidecode: { options: '-q -t=name -s=name --quiet --type=name --string=name', needs: '-t|-s|--type|--string' },
  'nvidia-smi': [
    {},
    { options: '-L --list-gpus', needs: '-L|--list-gpus' },
    { options: '-q -i=names -d=names --query --id=names --display=names', needs: '-q|--query' },
    {
      options:
        '--query-gpu=names --query-compute-apps=names --query-accounted-apps=names --format=text -i=names --id=names',
      needs: '--query-gpu|--query-compute-apps|--query-accounted-apps --format',
    },
  ],
  ipmitool: {
    verbs:
      'sdr sdr/list sensor sensor/list sel sel/list sel/info sel/elist fru chassis/status chassis/power/status power/status',
    operands: '',
  },
  fuser: {
    options: '-amuvcfI4 -n=file|udp|tcp -v --all --mount --user --verbose --inode-only --namespace=name',
    operands: 'text+',
  },
  cpupower: { verbs: 'frequency-info idle-info info', options: '-apglsfmo' },
};

function noNumbers({
  operands,
}: Parameters<NonNullable<FormText['also']>>[0]): ReturnType<NonNullable<FormText['also']>> {
  return operands.some((word) => /^\d+$/.test(textOf(word) ?? '')) ? unlisted('reports without end') : fine;
}
