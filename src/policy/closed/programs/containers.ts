import { textOf } from '../argument.ts';
import type { FormText } from '../closed-form.ts';
import { denied, fine, unlisted, type Remarks } from '../finding.ts';
import type { Arguments } from '../read-options.ts';
import { isListedJsonPath, isListedTemplate } from '../languages/go-template.ts';

/** `json`, `table` and templates of listed fields. `json` of lists is what the list prints. */
function listFormat({ options }: Arguments): Remarks {
  const formats = options.filter(({ name }) => name === '--format' || name === '-f').map(({ value }) => textOf(value));
  if (formats.length > 1) return unlisted('has several formats');
  return formats.every((format) => format !== undefined && (format === 'table' || isListedTemplate(format)))
    ? fine
    : unlisted('has a format that is not listed');
}

const format = '--format=text';
const dangerous =
  '--privileged --pid=text --cap-add=text --device=text --security-opt=text --userns=text -v=text --volume=text --mount=text';

const engine: readonly FormText[] = [
  {
    verbs: 'ps container/ls container/list',
    options: `-aqnls -n=int -f=text --all --quiet --latest --no-trunc --size --last=int --filter=text ${format}`,
    also: listsOnly,
  },
  {
    verbs: 'images image/ls',
    options: `-aq -f=text --all --quiet --digests --no-trunc --filter=text ${format}`,
    operands: 'unit?',
    also: listsOnly,
  },
  {
    verbs: 'logs container/logs',
    options: '-nt -n=int --tail=name --timestamps --since=text --until=text --details',
    operands: 'name',
    certain: true,
  },
  {
    verbs: 'inspect container/inspect',
    options: '-f=text --format=text -s --size --type=container',
    needs: '-f|--format',
    operands: 'name+',
    also: listFormat,
  },
  {
    verbs: 'network/inspect volume/inspect',
    options: '-f=text --format=text',
    needs: '-f|--format',
    operands: 'name+',
    also: listFormat,
  },
  {
    verbs: 'stats container/stats',
    options: `-a --all --no-stream --no-trunc ${format}`,
    needs: '--no-stream',
    operands: 'name*',
    also: listFormat,
  },
  { verbs: 'info', options: '' },
  { verbs: 'info version', options: '-f=text --format=text', also: listFormat },
  { verbs: 'top container/top', operands: 'name' },
  { verbs: 'top container/top', operands: 'name -o names', style: 'words', options: '-o=names' },
  { verbs: 'port container/port', operands: 'name name?' },
  { verbs: 'diff container/diff', operands: 'name' },
  { verbs: 'history image/history', options: `-q -H --quiet --human ${format}`, operands: 'unit', also: listFormat },
  {
    verbs: 'network/ls volume/ls system/df context/ls plugin/ls',
    options: `-qvf -f=text --quiet --filter=text --no-trunc --verbose ${format}`,
    also: listFormat,
  },
  {
    verbs: 'node/ls service/ls service/ps stack/ls stack/ps stack/services',
    options: `-q -f=text --quiet --filter=text --no-trunc ${format}`,
    operands: 'name?',
    also: listFormat,
  },
  {
    verbs: 'events system/events',
    options: `-f=text --filter=text --since=text --until=text ${format}`,
    needs: '--since --until',
    also: listFormat,
  },
  {
    verbs: 'compose/ps compose/ls compose/images',
    options: '-aq --all --quiet --services --status=name --filter=text',
    operands: 'name*',
  },
  { verbs: 'compose/top compose/version', operands: 'name*' },
  {
    verbs: 'compose/logs',
    options: '-tn -n=name --tail=name --timestamps --since=text --until=text --no-color --no-log-prefix',
    operands: 'name*',
  },
  {
    verbs: 'run create exec container/run container/create container/exec',
    options: `-dit --detach --interactive --tty --rm --name=name -e=text --env=text -u=text --user=text -w=text -p=text --network=text ${dangerous}`,
    operands: 'free*',
    also: escapes,
  },
];

/** Without a format of its own, or with a listed one. */
function listsOnly(given: Arguments): Remarks {
  return listFormat(given);
}

const hostPlaces = /^\/(?:$|(?:etc|root|proc|sys|dev|boot|run|var\/run)(?:[/:]|$)|:)/;

/** What lets a container act on its host is refused; the rest is not listed. */
function escapes({ options }: Arguments): Remarks {
  const isEscape = options.some(({ name, value }) => {
    const text = textOf(value);
    if (['-v', '--volume'].includes(name)) return text === undefined || hostPlaces.test(text);
    if (name === '--mount')
      return /(?:^|,)(?:src|source)=\/(?:etc|root|proc|sys|dev|boot|run|var\/run)?(?:[/,]|$)/.test(text ?? '');
    return ['--privileged', '--pid', '--cap-add', '--device', '--security-opt', '--userns'].includes(name);
  });
  return isEscape
    ? denied('container_escape', 'gives a container hold of its host')
    : unlisted('runs something in a container');
}

const kinds =
  /^(?:all|pods?|po|nodes?|no|deployments?|deploy|replicasets?|rs|statefulsets?|sts|daemonsets?|ds|jobs?|cronjobs?|cj|services?|svc|endpoints?|ep|endpointslices?|ingress(?:es)?|ing|ingressclass(?:es)?|namespaces?|ns|events?|ev|persistentvolumes?|pv|persistentvolumeclaims?|pvc|storageclass(?:es)?|sc|horizontalpodautoscalers?|hpa|poddisruptionbudgets?|pdb|networkpolic(?:y|ies)|netpol|resourcequotas?|quota|limitranges?|limits|leases?|componentstatuses|cs|customresourcedefinitions?|crds?|certificates?|cert|priorityclass(?:es)?|pc|serviceaccounts?|sa)$/;
const describable =
  /^(?:nodes?|no|deployments?|deploy|replicasets?|rs|services?|svc|ingress(?:es)?|ing|namespaces?|ns|persistentvolumes?|pv|persistentvolumeclaims?|pvc|storageclass(?:es)?|sc|horizontalpodautoscalers?|hpa|events?|ev|endpoints?|ep|poddisruptionbudgets?|pdb|resourcequotas?|quota|limitranges?|limits)$/;

function kindsIn(operand: string | undefined, listed: RegExp): boolean {
  return (operand ?? '')
    .toLowerCase()
    .split(',')
    .every((word) => listed.test((word.split('/')[0] ?? '').split('.')[0] ?? ''));
}

const secretKinds = /secret|configmap|^cm$/i;

function ofKinds(listed: RegExp): NonNullable<FormText['also']> {
  return ({ operands, options }) => {
    const texts = operands.map(textOf);
    if (texts.some((text) => secretKinds.test((text ?? '').split('.')[0] ?? '')))
      return denied('kubernetes_secret', 'shows secrets of the cluster');
    const [first, ...more] = texts;
    const isNamed =
      kindsIn(first, listed) &&
      more.every((text) => text !== undefined && (!text.includes('/') || kindsIn(text, listed)));
    if (!isNamed) return unlisted('shows a kind of thing that is not listed');
    const output = options.find(({ name }) => name === '-o' || name === '--output');
    return output === undefined || isListedOutput(textOf(output.value))
      ? fine
      : unlisted('has an output that is not listed');
  };
}

function isListedOutput(output: string | undefined): boolean {
  if (output === undefined) return false;
  if (output === 'wide' || output === 'name') return true;
  const [, path] = /^jsonpath=(.*)$/s.exec(output) ?? [];
  if (path !== undefined) return isListedJsonPath(path);
  const [, columns] = /^custom-columns=(.*)$/s.exec(output) ?? [];
  return columns?.split(',').every((column) => isListedJsonPath(`{${column.slice(column.indexOf(':') + 1)}}`)) ?? false;
}

const namespace = '-n=name --namespace=name';
const selection = `${namespace} -A --all-namespaces -l=text --selector=text --field-selector=text --sort-by=text --no-headers --show-labels`;

const kubectl: readonly FormText[] = [
  {
    verbs: 'get',
    leading: namespace,
    options: `${selection} -o=text --output=text -L=names`,
    operands: 'free+',
    certain: true,
    also: ofKinds(kinds),
  },
  {
    verbs: 'get',
    leading: namespace,
    options: '--raw=text',
    needs: '--raw',
    operands: 'free*',
    also: () => denied('kubernetes_secret', 'asks the interface of the cluster for anything'),
  },
  {
    verbs: 'describe',
    leading: namespace,
    options: selection,
    operands: 'free+',
    certain: true,
    also: ofKinds(describable),
  },
  {
    verbs: 'logs',
    leading: namespace,
    options: `${namespace} -p -c=name -l=text --tail=int --since=text --since-time=text --previous --timestamps --container=name --all-containers --prefix --selector=text`,
    operands: 'text?',
    certain: true,
  },
  {
    verbs: 'config/current-context config/get-contexts cluster-info api-versions',
    leading: namespace,
    options: '-o=name',
  },
  {
    verbs: 'api-resources',
    options: '-o=wide|name --namespaced[=true|false] --verbs=names --api-group=name --no-headers',
  },
  { verbs: 'version', options: '--client --short -o=yaml|json --output=yaml|json' },
  { verbs: 'explain', options: '--recursive --api-version=text', operands: 'name' },
  {
    verbs: 'top/nodes top/node top/no',
    options: '-l=text --selector=text --sort-by=name --no-headers',
    operands: 'name?',
  },
  { verbs: 'top/pods top/pod top/po', leading: namespace, options: `${selection} --containers`, operands: 'name?' },
  {
    verbs: 'rollout/status rollout/history',
    leading: namespace,
    options: `${namespace} --revision=int --timeout=text --watch=false`,
    operands: 'text text?',
    certain: true,
    also: ofKinds(kinds),
  },
  { verbs: 'events', leading: namespace, options: `${namespace} -A --all-namespaces --types=names --for=text` },
];

/** Programs that tell of containers. */
export const containers: Readonly<Record<string, FormText | readonly FormText[]>> = {
  docker: engine,
  podman: engine,
  kubectl,
  crictl: [
    {
      verbs: 'ps images stats pods info version',
      options: '-aq -o=table|json --all --quiet --state=name --name=name --pod=name',
    },
    { verbs: 'logs', options: '-t --tail=int --since=text --timestamps', operands: 'name' },
  ],
  ctr: {
    verbs: 'version containers/list containers/ls images/list images/ls tasks/list tasks/ls',
    leading: '-n=name --namespace=name',
    options: '-q',
  },
  helm: {
    verbs: 'list ls status history version',
    options: `${namespace} -aAq --all --all-namespaces --max=int --deployed --failed`,
    operands: 'name?',
  },
};
