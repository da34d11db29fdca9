import type { Arguments } from './arguments.ts';
import type { ProgramClass } from './program.ts';
import type { Unit } from './unit.ts';

interface Form {
  readonly programs: readonly string[];
  /** Matched against the words behind the program, joined by blanks. */
  readonly words: RegExp;
  readonly classes: readonly ProgramClass[];
}

/** Forms of programs that only show something, where the program at large changes things. The words must match whole. */
const readers: readonly Form[] = [
  form('mount', /^(?:-l|-t \w+)?$/),
  form('umount swapoff', /^--version$/),
  form('swapon', /^(?:-s|--show(?:=\S*)?|--summary)?$/),
  form('losetup', /^(?:-[alj]|--list|--all)?$/),
  form('crontab', /^-l(?: -u \S+)?$|^-u \S+ -l$/),
  form(
    'iptables ip6tables',
    /^(?:-t \w+ |-[nvwx]+ |--line-numbers )*-(?:[LSnvx]+|-list(?:-rules)?)(?: (?:-[nvxL]+|--line-numbers|-t \w+|[A-Z]+))*$/,
  ),
  form('iptables-save ip6tables-save', /^$/),
  form('nft', /^(?:-[a-z]+ )*list .*$/),
  form('ipset ipvsadm conntrack', /^(?:list|-L|-ln|-Ln|-S)(?: .*)?$/),
  form('firewall-cmd', /^(?:--(?:state|list-\S+|get-\S+|info-\S+|query-\S+|zone=\S+|permanent)(?: |$))+$/),
  form(
    'dpkg',
    /^(?:-[lLsSpcIVC]|--list|--listfiles|--status|--search|--get-selections|--audit|--verify|--contents|--info|--compare-versions|--print-architecture|--version)(?: .*)?$/,
  ),
  form('rpm', /^(?:-q\w*|-V\w*|--query|--verify|--version)(?: .*)?$/),
  form('pacman', /^(?:-Q\w*|--query|-Ss|-Si)(?: .*)?$/),
  form('update-alternatives alternatives', /^--(?:list|display|query|get-selections)(?: .*)?$/),
  form('ifconfig', /^(?:-a|[\w.:@-]+)?$/),
  form('iwconfig iw', /^(?:dev|list|\w+)?(?: (?:link|info|station dump))?$/),
  form(
    'nmcli',
    /^(?:-[tpfg](?: \S+)? )*(?:g|general|d|dev|device|c|con|connection|r|radio|n|networking)?(?: (?:s|status|sh|show|connectivity))?(?: [\w.-]+)?$/,
  ),
  form('tc', /^(?:-\w+ )*(?:qdisc|class|filter)(?: (?:show|ls|list)(?: .*)?)?$/),
  form('ethtool', /^(?:-[iSgakcTmnlx] |--show-\S+ |--statistics |--driver )?[\w.:@-]+$/),
  form(
    'smartctl',
    /^(?:(?:-[aHiAxlc]+|--all|--xall|--health|--info|--attributes|--scan|-d \w+|-l \w+) ?)+(?:\/dev\/\w+)?$/,
  ),
  form('hdparm sdparm', /^(?:-[IitT]+ ?)+(?:\/dev\/\w+)?$/),
  form('tune2fs xfs_info', /^-l \S+$/),
  form('blockdev', /^(?:--(?:get\w+|report) ?)+\S*$/),
  form('mdadm', /^(?:--detail|-D|--examine|-E|--query|-Q)(?: .*)?$/),
  form('dmsetup', /^(?:ls|info|status|table|deps)(?: .*)?$/),
  form('nvme', /^(?:list|smart-log|id-ctrl|id-ns|error-log|list-subsys|fw-log)(?: .*)?$/),
  form('ipmitool', /^(?:sdr|sensor|fru|sel|chassis status|lan print)(?: (?:list|elist|info|print))?$/),
  form('fdisk', /^(?:-l|-x|--list)(?: .*)?$/),
  form('sfdisk', /^(?:-l|-d|-J|--list|--dump|--json)(?: .*)?$/),
  form('parted', /^(?:-l|-ms? ?|-s ?|--list|--script ?)*(?:\/dev\/\w+ )?(?:unit \w+ )?(?:print(?: \w+)?)?$/),
  form('sgdisk gdisk', /^(?:-p|-i \d+|-l|--print)(?: .*)?$/),
  form('partx', /^(?:-s|--show|-l)(?: .*)?$/),
  form('wipefs', /^(?:-[Jpin]+ )*[^-]\S*$/),
  form('ssh-keygen', /^-[lF](?: .*)?$/),
  form('passwd', /^-S(?: \S+)?$/),
  form('chage faillock', /^(?:-l|--user) \S+$/),
  form('certutil trust', /^(?:-L|list)(?: .*)?$/),
  form('keytool', /^-list(?: .*)?$/),
  form('kill', /^-(?:l|L|0)(?: .*)?$/),
  form('semanage', /^\w+ -l$/),
  form('auditctl', /^-[ls]$/),
  form('efibootmgr hwclock', /^(?:-v|-r|--show|--verbose)?$/),
  form('grubby', /^--(?:info|default-\w+)(?:=\S+)?$/),
  form('dkms', /^status(?: .*)?$/),
  form('chronyc', /^(?:-n )?(?:tracking|sources|sourcestats|activity)(?: -v)?$/),
  form('gpg gpg2', /^(?:--list-\S+|-k|-K|--fingerprint|--version)(?: .*)?$/),
  form('lxc incus virsh qm pct ctr', /^(?:list|info|ls|dominfo|domstate|net-list|pool-list|status|config)(?: .*)?$/),
  form('nginx apachectl apache2ctl httpd apache2 haproxy caddy', /^(?:-[tTvVS]+|configtest|status|validate)(?: .*)?$/),
  form('service rc-service', /^(?:\S+ status|--status-all)$/),
  form('supervisorctl pm2 monit initctl sv', /^(?:status|list|ls|logs?|show|describe|summary)(?: .*)?$/),
].map((one) => ({ ...one, classes: ['reads'] }));

/** Forms that do more than the program at large. */
const raised: readonly Form[] = [
  raise('privileged', 'sysctl', /(?:^| )[\w./-]+=/),
  raise('privileged', 'date', /(?:^| )\d{8}/),
  raise('privileged', 'hostname domainname nisdomainname ypdomainname', /(?:^| )[^-\s]/),
  raise(
    'privileged',
    'ip',
    /^(?:-\S+ )*\S+ (?!(?:show|sho|sh|list|lis|lst|li|get|route get)\b)(?:add?|append?|change?|chg|del\w*|replace|repl|set|s|flush|f\w*|up|down|exec|attach|save|restore|r|a|d|c|e)\b/,
  ),
  raise(
    'privileged',
    'service rc-service supervisorctl pm2 monit initctl sv svc invoke-rc.d',
    /(?:^| )(?:stop|disable|kill|delete|remove|shutdown|down|exit)\b/,
  ),
  raise(
    'privileged',
    'nginx httpd apache2 apachectl apache2ctl caddy',
    /(?:^| )(?:-[sk] ?)?(?:stop|quit|graceful-stop)\b/,
  ),
  raise('privileged', 'chmod', /(?:^| )(?:[ugoa,=+-]*[+=][rwxXt]*s|0?[2467]\d{3})/),
  raise('privileged', 'install', /(?:^| )(?:-m|--mode)[ =]?(?:\S*s|0?[2467]\d{3})/),
  raise('destructive', 'git push', /(?:^| )[+:]\S/),
  raise('destructive', 'git checkout', /(?:^| )(?:--|\.)(?: \.|$)/),
  raise(
    'destructive',
    'psql mysql mariadb sqlite3 mongo mongosh cqlsh clickhouse-client influx',
    /\b(?:drop|truncate|delete|update|alter|remove|deleteMany|deleteOne|dropDatabase|shutdown)\b/i,
  ),
  raise(
    'destructive',
    'redis-cli',
    /(?:^| )(?:flushall|flushdb|shutdown|del|unlink|config set|rename|restore|debug|script flush|cluster reset|replicaof|slaveof|migrate)\b/i,
  ),
  raise(
    'destructive',
    'aws gcloud az doctl hcloud oci heroku flyctl fly s5cmd mc gsutil s3cmd rclone',
    /(?:^| )(?:\S+-)?(?:delete|terminate|destroy|remove|rm|rb|purge|sync|mv|nuke)\b/,
  ),
  raise('destructive', 'kubectl oc', /(?:^| )--replicas=0\b/),
  raise('service', 'nft ufw', /^reload$/),
];

function form(programs: string, words: RegExp): Omit<Form, 'classes'> {
  return { programs: programs.split(' '), words };
}

function raise(added: ProgramClass, programs: string, words: RegExp): Form {
  return { ...form(programs, words), classes: [added] };
}

/** The classes of a program and its options, as changed by the form in which it stands here. */
export function classesOf({ program, options }: Arguments, { argv, via }: Unit): ReadonlySet<ProgramClass> {
  const classes = new Set([...program.classes, ...options.flatMap(({ spec }) => spec.classes)]);
  const text = argv.map(({ value }) => value).join(' ');
  const isOf = ({ programs }: Form): boolean =>
    programs.some((name) => name === program.name || program.name.startsWith(`${name} `));
  const isKnown = argv.every(({ kind }) => kind === 'static');
  if (isKnown && readers.some((one) => isOf(one) && one.words.test(text))) return new Set(['reads']);
  for (const one of raised) {
    if (isOf(one) && one.words.test(text)) for (const added of one.classes) classes.add(added);
  }
  const isFed = via.some((wrapper) => wrapper === 'find' || wrapper === 'xargs' || wrapper === 'parallel');
  const removes = program.name === 'rm' || program.name === 'unlink' || program.name === 'rmdir';
  if (removes && (isFed || argv.some(({ kind }) => kind === 'glob'))) classes.add('destructive');
  return classes;
}
