/**
 * Templates of Go that print a field or go through a list. Fields are listed: environments, labels and command lines hold
 * secrets. No variables, pipes, functions or other actions.
 */
const fields = new Set(
  (
    'ID Id Name Names Image Status State Created CreatedAt CreatedSince RunningFor Ports Size Networks Mounts RestartCount Platform Driver ' +
    'CPUPerc MemUsage MemPerc NetIO BlockIO PIDs Container Repository Tag Digest Type Action Time Actor Scope Mountpoint ' +
    'State.Status State.Running State.Paused State.Restarting State.OOMKilled State.Dead State.Pid State.ExitCode State.Error ' +
    'State.StartedAt State.FinishedAt State.Health State.Health.Status State.Health.FailingStreak ' +
    'Config.Image Config.Hostname Config.User Config.WorkingDir Config.ExposedPorts Config.StopSignal ' +
    'HostConfig.RestartPolicy HostConfig.RestartPolicy.Name HostConfig.RestartPolicy.MaximumRetryCount HostConfig.Memory ' +
    'HostConfig.NanoCpus HostConfig.CpuShares HostConfig.CpuQuota HostConfig.CpuPeriod HostConfig.PidsLimit HostConfig.NetworkMode ' +
    'HostConfig.Privileged HostConfig.ReadonlyRootfs HostConfig.Binds HostConfig.PortBindings HostConfig.LogConfig.Type ' +
    'HostConfig.OomKillDisable HostConfig.MemorySwap HostConfig.CpusetCpus HostConfig.UsernsMode HostConfig.PidMode ' +
    'NetworkSettings.IPAddress NetworkSettings.Ports NetworkSettings.Networks NetworkSettings.Gateway NetworkSettings.MacAddress ' +
    'Source Destination Mode RW Propagation IPAddress IPv4Address IPv6Address Gateway MacAddress HostPort HostIp Aliases ' +
    'LogPath ImageID Path SizeRw SizeRootFs RootFS.Type Os Architecture Size VirtualSize Containers IPAM.Config Subnet Internal ' +
    'ServerVersion OperatingSystem OSType KernelVersion NCPU MemTotal ContainersRunning ContainersPaused ContainersStopped Images ' +
    'LoggingDriver CgroupDriver CgroupVersion DockerRootDir Client.Version Server.Version Client.APIVersion Server.APIVersion ' +
    'Log Output End Start'
  ).split(' '),
);

/** Of a format: longer ones take long to read. */
const maxLength = 2000;

const field = String.raw`\.[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z][A-Za-z0-9]*)*`;
const action = new RegExp(
  String.raw`^-?\s*(?:(?<print>(?:json\s+)?(?<printed>${field}))|range\s+(?<range>${field})|if\s+(?<condition>${field})|(?<word>end|else)|(?<text>"(?:[^"\\]|\\[nt"])*")|\.)\s*-?$`,
);

export function isListedTemplate(template: string): boolean {
  /** What is open: inside a list that is gone through, the bare dot is an element of it, and otherwise everything. */
  const open: ('list' | 'whole')[] = [];
  let rest = template;
  // Podman prints all there is for a bare `json`, whatever blanks are around it.
  if (/^\s*(?:json)?\s*$/.test(template) || template.length > maxLength) return false;
  for (let start = rest.indexOf('{{'); start !== -1; start = rest.indexOf('{{')) {
    const end = rest.indexOf('}}', start);
    const inside = end === -1 ? '' : rest.slice(start + 2, end).trim();
    const match = action.exec(inside);
    if (!match?.groups) return false;
    const { printed, range, condition, word, text } = match.groups;
    const used = printed ?? range ?? condition;
    if (used !== undefined && !fields.has(used.slice(1))) return false;
    if (range !== undefined) open.push('list');
    else if (condition !== undefined) open.push(open.at(-1) ?? 'whole');
    else if (word === 'end') {
      if (open.pop() === undefined) return false;
    } else if (word === 'else') {
      open.pop();
      open.push(open.at(-1) ?? 'whole');
    } else if (printed === undefined && text === undefined && open.at(-1) !== 'list') return false;
    rest = rest.slice(end + 2);
  }
  return open.length === 0;
}

/** A part of a JSONPath between braces: a string, or else what it looks for. */
const jsonAction = /\{(?:\s*"(?:[^"\\]|\\[nrt"])*"\s*|([^{}"]*))\}/g;

/** A JSONPath of kubectl: names, states and times of things, never data or environments. */
export function isListedJsonPath(path: string): boolean {
  if (path.length > maxLength || path.replace(jsonAction, '').includes('{')) return false;
  return [...path.matchAll(jsonAction)].every(([, inside]) => {
    const text = inside?.trim();
    if (text === undefined || text === 'end') return true;
    const [, range] = /^range\s+(.+)$/.exec(text) ?? [];
    return isPlainPath(range ?? text) && (range !== undefined || jsonFields.test(text));
  });
}

const banned = /(?:^|\.)(?:data|stringData|env|envFrom|args|command|annotations|value|valueFrom|token)(?:[.[]|$)/i;

function isPlainPath(path: string): boolean {
  return /^(?:\.[A-Za-z][A-Za-z0-9]*(?:\[(?:\*|\d{1,3})\])?)+$/.test(path) && !banned.test(path);
}

const jsonFields =
  /\.(?:name|namespace|phase|ready|restartCount|image|imageID|uid|creationTimestamp|startTime|podIP|hostIP|nodeName|clusterIP|port|nodePort|targetPort|protocol|type|status|reason|message|lastTransitionTime|replicas|readyReplicas|availableReplicas|updatedReplicas|unavailableReplicas|capacity|allocatable|kubeletVersion|osImage|kernelVersion|containerRuntimeVersion|address|ip|hostname|storageClassName|storage|cpu|memory|exitCode|finishedAt|startedAt|resources|conditions|containerStatuses)(?:\[\*\])?$/;
