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

const field = String.raw`\.[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z][A-Za-z0-9]*)*`;
const action = new RegExp(
  String.raw`^-?\s*(?:(?<print>(?:json\s+)?(?<printed>${field}))|(?:range|if)\s+(?<over>${field})|(?<rest>end|else)|(?<text>"(?:[^"\\]|\\[nt"])*")|\.)\s*-?$`,
);

export function isListedTemplate(template: string): boolean {
  let depth = 0;
  let rest = template.replace(/^(?:table|json)(?=\s|$)\s*/, '');
  if (template === 'json' || template.trim() === '') return false;
  if (/\d{5}/.test(template)) return false;
  for (let open = rest.indexOf('{{'); open !== -1; open = rest.indexOf('{{')) {
    const close = rest.indexOf('}}', open);
    if (close === -1) return false;
    const match = action.exec(rest.slice(open + 2, close).trim());
    if (!match?.groups) return false;
    const { printed, over, rest: word, text } = match.groups;
    const used = printed ?? over;
    if (used !== undefined && !isListedField(used.slice(1))) return false;
    if (over !== undefined) depth += 1;
    if (word === 'end') depth -= 1;
    // A bare dot is the element of a list that was gone through.
    if (used === undefined && word === undefined && text === undefined && depth === 0) return false;
    rest = rest.slice(close + 2);
  }
  return depth === 0;
}

function isListedField(name: string): boolean {
  return fields.has(name);
}

/** A JSONPath of kubectl: names, states and times of things, never data or environments. */
export function isListedJsonPath(path: string): boolean {
  if (/\$|@|\?|\.\.|`|\(|\d{5}/.test(path)) return false;
  const rest = path.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/\{(?:range\s+|end|)/g, '{');
  const banned =
    /(?:^|[.[{'])(?:data|stringData|env|envFrom|args|command|annotations|value|valueFrom|token|spec\}|\*?\})|metadata\s*\}|\[\s*'/i;
  return [...rest.matchAll(/\{([^}]*)\}/g)].every(([, inner = '']) => {
    if (inner.trim() === '') return true;
    return (
      /^(?:\.[A-Za-z][A-Za-z0-9]*(?:\[(?:\*|\d{1,3})\])?)+$/.test(inner.trim()) &&
      !banned.test(inner) &&
      jsonFields.test(inner.trim())
    );
  });
}

const jsonFields =
  /\.(?:name|namespace|phase|ready|restartCount|image|imageID|uid|creationTimestamp|startTime|podIP|hostIP|nodeName|clusterIP|port|nodePort|targetPort|protocol|type|status|reason|message|lastTransitionTime|replicas|readyReplicas|availableReplicas|updatedReplicas|unavailableReplicas|capacity|allocatable|kubeletVersion|osImage|kernelVersion|containerRuntimeVersion|address|ip|hostname|storageClassName|storage|cpu|memory|exitCode|finishedAt|startedAt|resources|conditions|containerStatuses|items\[\*\])(?:\[\*\])?$/;
