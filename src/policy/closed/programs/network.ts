import { textOf } from '../argument.ts';
import type { FormText } from '../closed-form.ts';
import { fine, unlisted, type Remarks } from '../finding.ts';
import type { Arguments } from '../read-options.ts';

/** Addresses and host names: nothing that an option, a path or a server to ask is written with. */
const address = /^[A-Za-z0-9_:][A-Za-z0-9_.:%/-]*$/;

/** Programs that tell of the network, or ask it something that is only a name. */
export const network: Readonly<Record<string, FormText | readonly FormText[]>> = {
  hostname: { options: '-fiIsdAy --fqdn --long --short --domain --ip-address --all-ip-addresses --all-fqdns' },
  ss: {
    options:
      '-hVnrlaetupmoibsZz460wxdSMOHTQB -f=name -A=names --numeric --resolve --all --listening --extended --memory --processes ' +
      '--info --summary --bpf --tcp --udp --dccp --raw --unix --sctp --vsock --options --oneline --no-header --ipv4 --ipv6 ' +
      '--family=name --query=names --tos --cgroup --threads --inet-sockopt --no-queues --packet',
    operands: 'text*',
    also: socketFilter,
  },
  netstat: {
    options:
      '-aWnNlptuwxrisgMveo46CF --all --numeric --listening --programs --tcp --udp --raw --unix --route --interfaces --statistics --groups --extend --timers --wide --numeric-hosts --numeric-ports --inet --inet6 --verbose --symbolic',
  },
  getent: [
    { operands: 'passwd|group|services|protocols|networks|netgroup|rpc|ethers text*' },
    { options: '-i --no-idn', operands: 'hosts|ahosts|ahostsv4|ahostsv6 text*', certain: true },
  ],
  ping: {
    options:
      '-46nqvDLOU -c=int<=20 -i=num<=10 -s=int<=65507 -W=num<=60 -w=int<=120 -M=do|dont|want|probe -t=int<=255 -I=name -l=int<=3',
    operands: 'text',
    needs: '-c',
    certain: true,
    also: addresses,
  },
  ping6: {
    options: '-nqvDO -c=int<=20 -i=num<=10 -s=int<=65507 -W=num<=60 -w=int<=120 -I=name',
    operands: 'text',
    needs: '-c',
    certain: true,
    also: addresses,
  },
  dig: {
    options: '-4 -6 -m -u -v -r -b=name -c=name -p=int -q=text -t=name -x=text',
    style: 'words',
    operands: 'text*',
    certain: true,
    also: digWords,
  },
  host: {
    options: '-aCdirTUvw46V -c=name -t=name -N=int<=20 -R=int<=10 -W=int<=60',
    operands: 'text text?',
    certain: true,
    also: addresses,
  },
  nslookup: {
    options: '-type=name -query=name -debug -port=int -timeout=int<=60 -retry=int<=10',
    style: 'words',
    operands: 'text text?',
    certain: true,
    also: addresses,
  },
  traceroute: {
    options: '-46dFnrITUA -f=int -m=int<=64 -N=int<=32 -p=int -q=int<=5 -w=text -i=name -s=name',
    operands: 'text int?',
    certain: true,
    also: firstAddress,
  },
  tracepath: { options: '-46bn -m=int<=64 -l=int -p=int', operands: 'text', certain: true, also: addresses },
  arp: { options: '-anev -i=name', operands: 'text?', certain: true, also: addresses },
  route: { options: '-nevCF46 -A=name' },
  ifconfig: { options: '-as', operands: 'name?' },
  ethtool: [
    { operands: 'name' },
    {
      options:
        '-igakSTcmnlx --driver --show-features --show-pause --statistics --show-time-stamping --show-coalesce --show-ring --show-channels --module-info',
      operands: 'name',
    },
  ],
  bridge: [
    { verbs: 'link fdb vlan', leading: '-sdcjp --statistics -color' },
    { verbs: 'link/show fdb/show vlan/show mdb/show', leading: '-sdcjp --statistics -color', operands: 'name*' },
  ],
  lsirq: { options: '-nJPSo=names' },
  iptables: [
    {
      options: '-nvx -t=name --line-numbers -L[=name] --numeric --verbose --exact --table=name --list[=name]',
      needs: '-L|--list',
      operands: 'name? int?',
    },
    { options: '-v -t=name --table=name -S[=name] --list-rules[=name]', needs: '-S|--list-rules', operands: 'name?' },
  ],
  'iptables-save': { options: '-c -t=name --counters --table=name' },
  'ip6tables-save': { options: '-c -t=name --counters --table=name' },
  nft: {
    verbs: 'list',
    leading: '-nasjtyT --numeric --handle --stateless --json --terse',
    options: '',
    operands: 'ruleset|tables|table|chain|chains|sets|set|map|maps|counters|flowtables name* ',
  },
  ipvsadm: { options: '-Lln --list --numeric --stats --rate --sort --exact', needs: '-L|-l|--list' },
  conntrack: { options: '-LCSn -o=names -p=name -s=text -d=text', needs: '-L|-C|-S' },
  ufw: { verbs: 'status status/verbose status/numbered' },
  'firewall-cmd': {
    options:
      '--state --list-all --list-all-zones --list-services --list-ports --list-rich-rules --list-interfaces --list-sources ' +
      '--list-forward-ports --list-icmp-blocks --get-default-zone --get-active-zones --get-zones --get-services --get-icmptypes ' +
      '--get-zone-of-interface=name --zone=name --permanent',
    needs:
      '--state|--list-all|--list-all-zones|--list-services|--list-ports|--list-rich-rules|--list-interfaces|--list-sources|' +
      '--list-forward-ports|--list-icmp-blocks|--get-default-zone|--get-active-zones|--get-zones|--get-services|' +
      '--get-icmptypes|--get-zone-of-interface',
  },
  resolvectl: [
    { options: '--no-pager' },
    {
      verbs: 'status dns domain statistics llmnr mdns dnssec dnsovertls',
      leading: '--no-pager',
      options: '--no-pager',
      operands: 'name? ',
    },
  ],
  networkctl: {
    verbs: 'list status lldp label',
    leading: '--no-pager --no-legend -a --all',
    options: '--no-pager --no-legend -al --all --full',
    operands: 'name*',
  },
  nmcli: [
    {
      verbs:
        'general general/status device device/status device/show connection connection/show connection/show/--active radio networking/connectivity',
      leading: '-t -p -c=name -f=names -m=name --terse --pretty --colors=name --fields=names --mode=name',
      operands: 'name?',
    },
  ],
  ntpq: { options: '-46np', needs: '-p' },
  chronyc: { verbs: 'tracking sources sourcestats activity ntpdata', leading: '-n -c', options: '-v -a' },
  nstat: {
    options: '-asz',
    needs: '-a',
    also: ({ options }) =>
      options.some(({ name }) => name === '-s') ? fine : unlisted('needs -s, or it writes its history'),
  },
};

/** A filter is told by words such as `state`, `( sport = :443 or … )` and addresses. */
function socketFilter({ operands }: Arguments): Remarks {
  const isFilter = operands.every((word) => /^[A-Za-z0-9_.:[\]()<>=!*/ \-&|]+$/.test(textOf(word) ?? ''));
  return isFilter || operands.every((word) => word.kind !== 'known')
    ? fine
    : unlisted('has a filter that is not listed');
}

function addresses({ operands }: Arguments): Remarks {
  return operands.every((word) => address.test(textOf(word) ?? '')) ? fine : unlisted('has what is no address');
}

function firstAddress({ operands }: Arguments): Remarks {
  return addresses({ options: [], operands: operands.slice(0, 1) });
}

const digSwitches =
  /^\+(?:no)?(?:short|trace|all|answer|question|authority|additional|comments|stats|tcp|dnssec|recurse|multiline|ttlid|cmd|qr|search|nssearch|identify|time=\d|tries=\d|retry=\d|ndots=\d|bufsize=\d{1,5})$/;
/** Resolvers that are asked anyway. */
const resolvers = new Set([
  '@localhost',
  '@127.0.0.1',
  '@127.0.0.53',
  '@::1',
  '@1.1.1.1',
  '@1.0.0.1',
  '@8.8.8.8',
  '@8.8.4.4',
  '@9.9.9.9',
]);

function digWords({ operands, options }: Arguments): Remarks {
  const texts = operands.map((word) => textOf(word) ?? '/');
  const isListed = (text: string): boolean => digSwitches.test(text) || resolvers.has(text) || address.test(text);
  if (!texts.every(isListed)) return unlisted('has a word that is not listed');
  const asked = options.filter(({ name }) => name === '-q' || name === '-x').map(({ value }) => textOf(value) ?? '/');
  if (!asked.every((text) => address.test(text))) return unlisted('has what is no address');
  return asked.length > 0 || texts.some((text) => address.test(text)) ? fine : unlisted('needs a name');
}
