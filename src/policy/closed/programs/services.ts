import { textOf } from '../argument.ts';
import type { FormText } from '../closed-form.ts';
import { denied, fine, unlisted, type Remarks } from '../finding.ts';
import type { Arguments } from '../read-options.ts';

const systemctlOptions =
  '-alqr -t=names -n=int<=10000 -o=short|short-iso|short-precise|short-full|short-unix|short-monotonic|cat|with-unit --all --full --quiet --type=names --state=names --lines=int<=10000 ' +
  '--output=short|short-iso|short-precise|short-full|short-unix|short-monotonic|cat|with-unit --no-pager --no-legend --plain --failed --recursive --reverse --after --before --system --user --show-types ' +
  '--legend=yes|no --value --with-dependencies --timestamp=name --no-ask-password';

/** Properties of units that hold no environment, no credentials and no command lines. */
const properties =
  /^(?:Id|Names|Description|LoadState|ActiveState|SubState|Result|UnitFileState|UnitFilePreset|FragmentPath|DropInPaths|Type|Restart|RestartUSec|NRestarts|MainPID|ControlPID|ExecMain(?:StartTimestamp|ExitTimestamp|PID|Code|Status)(?:Monotonic)?|(?:Active|Inactive)(?:Enter|Exit)Timestamp(?:Monotonic)?|StateChangeTimestamp(?:Monotonic)?|ConditionResult|AssertResult|Memory\w*|CPU\w*|Tasks\w*|IO\w*|IP(?:Ingress|Egress)\w+|Limit\w+|Timeout\w*USec|WatchdogUSec|Slice|ControlGroup|User|Group|DynamicUser|Wants|WantedBy|Requires|RequiredBy|After|Before|PartOf|BindsTo|Conflicts|TriggeredBy|Triggers|NextElapseUSec(?:Realtime|Monotonic)|LastTriggerUSec|Listen|Accept|NAccepted|NConnections|OOMPolicy|OOMScoreAdjust|Nice|KillMode|WorkingDirectory|StatusText|StatusErrno|InvocationID|Where|What|Options|Timers(?:Calendar|Monotonic)|Unit|Source(?:Path)?|Job|CanStart|CanStop|CanReload|NeedDaemonReload|ProtectSystem|ProtectHome|NoNewPrivileges|PrivateTmp|Private(?:Devices|Network)|RuntimeMaxUSec|StartLimit\w+|StandardOutput|StandardError|PIDFile|FileDescriptorStoreMax|Delegate|EffectiveCPUs|SystemState|Version|Virtualization|Architecture|NFailedUnits|NJobs|Tainted)$/;

function listedProperties({ options }: Arguments): Remarks {
  const asked = options.filter(({ name }) => name === '-p' || name === '-P' || name === '--property');
  const isListed = asked.every(({ value }) => (textOf(value) ?? '/').split(',').every((name) => properties.test(name)));
  return isListed ? fine : unlisted('shows properties that are not listed');
}

const otherMachine = '-H=text -M=text --host=text --machine=text --root=text --image=text';

/** Programs that tell of services, their logs, and the system's settings. */
export const services: Readonly<Record<string, FormText | readonly FormText[]>> = {
  systemctl: [
    { options: systemctlOptions },
    {
      verbs:
        'status is-active is-enabled is-failed is-system-running list-units list-unit-files list-timers list-sockets list-jobs ' +
        'list-dependencies list-machines list-automounts list-paths get-default',
      leading: systemctlOptions,
      options: systemctlOptions,
      operands: 'unit*',
    },
    {
      verbs: 'show',
      leading: `${systemctlOptions} -p=text -P=text --property=text`,
      options: `${systemctlOptions} -p=text -P=text --property=text`,
      operands: 'unit*',
      needs: '-p|-P|--property',
      also: listedProperties,
    },
    {
      verbs: 'status show is-active restart start stop reload cat list-units enable disable',
      leading: `${systemctlOptions} ${otherMachine}`,
      options: `${systemctlOptions} ${otherMachine}`,
      operands: 'free*',
      needs: '-H|-M|--host|--machine|--root|--image',
      also: () => denied('other_machine', 'acts on another machine or another tree'),
    },
  ],
  service: [{ options: '--status-all', needs: '--status-all' }, { operands: 'name status' }],
  'rc-service': [{ operands: 'name status' }],
  'rc-status': { options: '-acflmqrsuS', operands: 'name?' },
  initctl: { verbs: 'list status version', operands: 'name?' },
  journalctl: {
    options:
      '-abeklmnqrxN0123456789 -u=unit -t=name -p=name -S=text -U=text -g=text -n[=int] -b[=text] -o=short|short-iso|short-iso-precise|short-precise|short-full|short-unix|short-monotonic|cat|json|with-unit ' +
      '--unit=unit --user-unit=unit --identifier=name --priority=name --since=text --until=text --grep=text --case-sensitive[=name] ' +
      '--lines[=size] --output=short|short-iso|short-iso-precise|short-precise|short-full|short-unix|short-monotonic|cat|json|with-unit ' +
      '--boot[=text] --dmesg --no-pager --no-hostname --no-full --full --all --quiet --reverse --utc --catalog --pager-end ' +
      '--list-boots --disk-usage --system --user --facility=names --header --no-tail --merge --transport=name --fields --output-fields=names',
    operands: 'text*',
    also: journalMatches,
  },
  timedatectl: [
    { options: '--no-pager' },
    {
      verbs: 'status show list-timezones timesync-status show-timesync',
      leading: '--no-pager',
      options: '--no-pager -a --all -p=names --property=names --value',
    },
  ],
  hostnamectl: [
    { options: '--no-pager' },
    { verbs: 'status', options: '--no-pager --json=name --static --transient --pretty' },
  ],
  localectl: [{ options: '--no-pager' }, { verbs: 'status list-locales list-keymaps', options: '--no-pager' }],
  loginctl: [
    { options: '--no-pager --no-legend' },
    {
      verbs: 'list-sessions list-users list-seats session-status user-status seat-status',
      leading: '--no-pager --no-legend',
      options: '--no-pager --no-legend -l --full',
      operands: 'name*',
    },
  ],
  busctl: {
    verbs: 'list',
    leading: '--no-pager --system --user',
    options: '--no-pager --no-legend --system --user --acquired --unique --activatable',
  },
  'systemd-analyze': {
    verbs: 'time blame critical-chain unit-paths timespan calendar',
    leading: '--no-pager --system',
    options: '--no-pager --system --fuzz=name --iterations=int<=20',
    operands: 'text*',
  },
  coredumpctl: {
    verbs: 'list info',
    leading: '--no-pager --no-legend',
    options: '--no-pager --no-legend -n=int -r -S=text -U=text --since=text --until=text --reverse',
    operands: 'name*',
  },
  supervisorctl: { verbs: 'status', operands: 'name*' },
  'fail2ban-client': { verbs: 'status', operands: 'name?' },
  ausearch: {
    style: 'words',
    options:
      '-m=names -ts=text -te=text -i -k=name -ui=name -ua=name -ue=name -x=text -p=name -c=name -sc=name -sv=yes|no -sf=text -f=text -r ' +
      '--message=names --start=text --end=text --interpret --key=name --raw --success=yes|no -l -w --just-one -a=int --event=int -hn=text -tm=name',
    operands: 'text*',
  },
  aureport: {
    style: 'words',
    options:
      '-a -au -c -cr -e -f -h -i -k -l -m -n -p -s -t -tm -u -x -r -ts=text -te=text --summary --failed --success --auth --login ' +
      '--start=text --end=text --executable --file --host --anomaly --config --event --key --user --account --mods --avc --interpret --integrity',
    operands: 'text*',
  },
  nginx: [
    { options: '-v', needs: '-v' },
    { options: '-V', needs: '-V' },
  ],
  apache2ctl: [{ options: '-v' }, { options: '-V' }, { options: '-l' }],
  httpd: [
    { options: '-v', needs: '-v' },
    { options: '-V', needs: '-V' },
    { options: '-l', needs: '-l' },
  ],
  dmesg: {
    options:
      '-dehHkLtTuxrPS -l=names -f=names -s=int --decode --human --kernel --color[=name] --level=names --facility=names --nopager --notime ' +
      '--ctime --userspace --raw --reltime --show-delta --time-format=name --since=text --until=text --json -J --force-prefix -p --noescape',
  },
  crontab: [
    { options: '-l', needs: '-l' },
    { options: '-l -u=name', needs: '-l -u' },
  ],
  sysctl: [
    {
      options: '-anNer --all --names --values --ignore --pattern=text',
      operands: 'name*',
      needs: '-a|--all|--pattern|-r',
    },
    { options: '-nNe --names --values --ignore', operands: 'name+' },
  ],
};

/** The number of lines may also be the word behind `-n`. */
function journalMatches({ operands, options }: Arguments): Remarks {
  const isCounted = options.some(({ name, value }) => (name === '-n' || name === '--lines') && value === undefined);
  const matches = isCounted ? operands.filter((word) => !/^\+?\d{1,6}$/.test(textOf(word) ?? '')) : operands;
  const isMatch =
    operands.length - matches.length <= 1 &&
    matches.every((word) => word.kind !== 'known' || /^(?:_?[A-Z][A-Z0-9_]*=.*|\+|\/usr\/\S+)$/s.test(word.text));
  return isMatch ? fine : unlisted('has an operand that is no match of a field');
}
