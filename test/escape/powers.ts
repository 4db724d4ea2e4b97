import type { RecordedCall } from '../fakes/engine/engine.ts';

/** What an engine gives every container by itself; written here again, so that a change of the policy's list is noticed. */
const defaultCapabilities = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' '),
);
const harmlessSysctl = /^net\.(core\.somaxconn|ipv4\.(ip_local_|ip_unprivileged_port_start|ping_group_range|tcp_))/;

// biome-ignore lint/suspicious/noExplicitAny: whatever an engine was told, or says
type Document = any;

/**
 * The powers in a `HostConfig`, of a request to an engine or of its answer, in words: nothing when it is an ordinary container's.
 * Written from Docker's documentation, not from the policy, so that both can be wrong only by the same misunderstanding.
 */
function hostConfigPowers(host: Document): string[] {
  const found: string[] = [];
  const power = (name: string, value: unknown, has: boolean) => has && found.push(`${name} = ${JSON.stringify(value)}`);
  const set = (value: unknown) =>
    value !== undefined &&
    value !== null &&
    value !== '' &&
    value !== 0 &&
    value !== false &&
    !(typeof value === 'object' && Object.keys(value).length === 0);
  for (const name of [
    'Privileged',
    'Devices',
    'DeviceCgroupRules',
    'DeviceRequests',
    'Capabilities',
    'CgroupParent',
    'Cgroup',
    'VolumeDriver',
    'UsernsMode',
  ]) {
    power(name, host[name], set(host[name]));
  }
  for (const name of [
    'CpusetCpus',
    'CpusetMems',
    'CpuRealtimePeriod',
    'CpuRealtimeRuntime',
    'BlkioWeight',
    'BlkioWeightDevice',
    'OomKillDisable',
    'StorageOpt',
  ]) {
    power(name, host[name], set(host[name]));
  }
  for (const name of ['PublishAllPorts', 'Annotations', 'AutoRemove']) power(name, host[name], set(host[name]));
  // Only what an edge leads to: a port that was given out, on the host's private address.
  for (const { HostIp, HostPort } of Object.values(host.PortBindings ?? {}).flat() as { HostIp?: string; HostPort?: string }[]) {
    power(
      'PortBindings',
      `${HostIp}:${HostPort}`,
      !/^(10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(HostIp ?? '') || !/^[1-9]\d{3,4}$/.test(HostPort ?? ''),
    );
  }
  for (const name of ['PidMode', 'IpcMode', 'UTSMode', 'NetworkMode', 'CgroupnsMode'])
    power(name, host[name], /^host$|^ns:|\//i.test(host[name] ?? ''));
  for (const bind of host.Binds ?? []) power('Binds', bind, true);
  for (const mount of host.Mounts ?? []) {
    power('Mounts', mount, !['volume', 'tmpfs'].includes(mount.Type) || set(mount.BindOptions) || set(mount.VolumeOptions?.DriverConfig));
    power('Mounts.Source', mount.Source, /[/\\]/.test(mount.Source ?? ''));
    power('Mounts.Target', mount.Target, /^\/(proc|sys)(\/|$)|\.\./.test(mount.Target));
  }
  for (const target of Object.keys(host.Tmpfs ?? {})) power('Tmpfs', target, /^\/(proc|sys)(\/|$)|\.\./.test(target));
  for (const name of host.CapAdd ?? []) power('CapAdd', name, !defaultCapabilities.has(name.toUpperCase().replace(/^CAP_/, '')));
  for (const option of host.SecurityOpt ?? []) power('SecurityOpt', option, !/^no-new-privileges(=true)?$/.test(option));
  for (const name of Object.keys(host.Sysctls ?? {})) power('Sysctls', name, !harmlessSysctl.test(name));
  for (const name of ['MaskedPaths', 'ReadonlyPaths'])
    power(name, host[name], Array.isArray(host[name]) && !host[name].includes(name === 'MaskedPaths' ? '/proc/kcore' : '/proc/sys'));
  for (const { Name } of host.Ulimits ?? []) power('Ulimits', Name, ['rtprio', 'nice', 'rttime'].includes(Name));
  power('OomScoreAdj', host.OomScoreAdj, (host.OomScoreAdj ?? 0) < 0);
  power('Runtime', host.Runtime, set(host.Runtime) && !['runc', 'runsc'].includes(host.Runtime));
  power('LogConfig', host.LogConfig, set(host.LogConfig?.Type) && host.LogConfig.Type !== 'json-file');
  power('Memory', host.Memory, !(host.Memory > 0) || host.MemorySwap !== host.Memory);
  power('PidsLimit', host.PidsLimit, !(host.PidsLimit > 0));
  for (const name of [...(host.Dns ?? []), ...(host.ExtraHosts ?? [])])
    power(
      'address',
      name,
      /host-gateway|(^|:)(10|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(name),
    );
  return found;
}

/** The powers in an engine's inspect of a container. `network`: whether an engine's network is the tenant's own. */
export function containerPowers(document: Document, network: (name: string) => boolean): string[] {
  const found = hostConfigPowers(document.HostConfig);
  for (const mount of document.Mounts ?? []) if (!['volume', 'tmpfs'].includes(mount.Type)) found.push(`Mounts: ${JSON.stringify(mount)}`);
  if (/unconfined/.test(document.AppArmorProfile ?? '')) found.push('AppArmorProfile');
  if (/^\/proc(\/|$)|\.\./.test(document.Config.WorkingDir ?? '')) found.push(`WorkingDir = ${document.Config.WorkingDir}`);
  for (const name of Object.keys(document.NetworkSettings?.Networks ?? {}))
    if (name !== 'none' && !network(name)) found.push(`Networks: ${name}`);
  return found;
}

/** The powers in one request that Berth made to an engine; of a kind that is not known here, the request itself. */
export function callPowers(call: RecordedCall): string[] {
  const body = (call.body ?? {}) as Document;
  if (call.method === 'GET' || call.method === 'HEAD') return [];
  const [, first = '', second = '', third = ''] = call.path.split('/');
  const kind = `${call.method} ${[first, /^(create|load|prune)$/.test(second) ? second : ':id', third].filter(Boolean).join('/')}`;
  switch (kind) {
    case 'POST containers/create':
      return [...hostConfigPowers(body.HostConfig), ...(/^sha256:[0-9a-f]{64}$/.test(body.Image) ? [] : [`Image = ${body.Image}`])];
    case 'POST containers/:id/exec':
      return body.Privileged ? ['Privileged'] : [];
    case 'POST networks/create':
      return [
        ...(body.Driver === 'bridge' ? [] : [`Driver = ${body.Driver}`]),
        ...(body.Options ? [`Options = ${JSON.stringify(body.Options)}`] : []),
        ...(/^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(body.IPAM?.Config?.[0]?.Subnet) ? [] : ['a subnet that is not ours']),
      ];
    case 'POST volumes/create':
      return [...(body.Driver === 'local' ? [] : [`Driver = ${body.Driver}`]), ...(body.DriverOpts ? ['DriverOpts'] : [])];
    case 'POST images/create':
      return (call.query.fromSrc ?? '-') === '-' ? [] : [`fromSrc = ${call.query.fromSrc}`];
    case 'POST containers/:id/start':
      return Object.keys(call.query).filter((name) => name.startsWith('checkpoint'));
    case 'POST images/load':
    case 'POST networks/:id/connect':
    case 'POST networks/:id/disconnect':
    case 'POST exec/:id/start':
    case 'POST exec/:id/resize':
    case 'PUT containers/:id/archive':
    case 'DELETE containers/:id':
    case 'DELETE networks/:id':
    case 'DELETE volumes/:id':
      return [];
    default:
      return /^POST containers\/:id\/(stop|kill|restart|pause|unpause|resize|attach|wait|rename)$/.test(kind) ? [] : [kind];
  }
}
