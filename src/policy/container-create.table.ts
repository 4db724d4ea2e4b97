import { containerDefaults, containerLimits } from '../domain/limits.ts';
import { type FieldRow, fieldTable, fieldTableMarkdown } from './field-table.ts';

const MiB = 1024 * 1024;

/**
 * What becomes of every field of `POST /containers/create`. The reader obeys it and docs/divergence.md is made from it, so
 * the two cannot differ. A field that has no row is refused unless it is null, zero or empty.
 */
export const containerCreateRows: readonly FieldRow[] = [
  row('Hostname', 'capped', `at most ${containerLimits.hostnameLength} letters, digits, dots, dashes`),
  row('Domainname', 'capped', `at most ${containerLimits.hostnameLength} letters, digits, dots, dashes`),
  row('User', 'capped', 'at most 256 characters'),
  row('AttachStdin', 'served', 'as asked'),
  row('AttachStdout', 'served', 'as asked'),
  row('AttachStderr', 'served', 'as asked'),
  row('Tty', 'served', 'as asked'),
  row('OpenStdin', 'served', 'as asked'),
  row('StdinOnce', 'served', 'as asked'),
  row('ExposedPorts', 'served', 'as asked'),
  row('Env', 'capped', 'at most 1 MiB in all; names beginning with io.berth. are dropped'),
  row('Cmd', 'capped', 'at most 1 MiB in all'),
  row('Entrypoint', 'capped', 'at most 1 MiB in all'),
  row('Shell', 'capped', 'at most 1 MiB in all'),
  row('Image', 'served', "one of the tenant's own images"),
  row('Volumes', 'served', 'anonymous volumes'),
  row('WorkingDir', 'capped', 'at most 4096 characters'),
  row('NetworkDisabled', 'served', 'as asked'),
  row('MacAddress', 'refused', 'a MAC address could take over the traffic of another container'),
  row('OnBuild', 'refused', 'a trigger belongs to an image, not to a container'),
  row(
    'Labels',
    'capped',
    'at most 256 KiB in all; io.berth.* are dropped; berth.isolation is the same as HostConfig.Isolation; berth.proxy-protocol=true has the edge say who connects',
  ),
  row('StopSignal', 'served', 'a signal name or number'),
  row('StopTimeout', 'capped', `0 to ${containerLimits.stopTimeoutSeconds} seconds`),
  row('name', 'ours', 'said in the query, where it counts; dockerode sends it here too'),
  row('platform', 'ours', 'said in the query, where it counts; dockerode sends it here too'),
  row('ArgsEscaped', 'ours', 'means something on Windows only'),
  ...['Memory', 'MemorySwap', 'CpuShares', 'Cpuset'].map((name) =>
    row(name, 'refused', `this place is from before API 1.18; use HostConfig.${name === 'Cpuset' ? 'CpusetCpus' : name}`),
  ),

  row('Healthcheck', 'capped', 'read field by field'),
  row('Healthcheck.Test', 'served', 'NONE, CMD or CMD-SHELL'),
  row('Healthcheck.Interval', 'capped', 'half a second to a day'),
  row('Healthcheck.Timeout', 'capped', 'up to an hour'),
  row('Healthcheck.StartPeriod', 'capped', 'up to a day'),
  row('Healthcheck.StartInterval', 'capped', 'half a second to a day; without effect on engines before API 1.44'),
  row('Healthcheck.Retries', 'capped', `up to ${containerLimits.healthRetries}`),

  row('HostConfig', 'served', 'read field by field'),
  row('HostConfig.Binds', 'capped', "a name is the tenant's volume; host paths are refused; modes ro, rw, nocopy"),
  row('HostConfig.ContainerIDFile', 'ours', "a file on the caller's own machine"),
  row('HostConfig.LogConfig', 'ours', 'read field by field'),
  row('HostConfig.LogConfig.Type', 'ours', 'json-file and local are accepted, and become json-file with a size cap'),
  row(
    'HostConfig.LogConfig.Config',
    'ours',
    'max-size, max-file, compress, labels, env, tag are accepted and replaced; others are refused',
  ),
  row(
    'HostConfig.NetworkMode',
    'capped',
    "none, container:X and the tenant's own networks; bridge is the tenant's default network; host is refused",
  ),
  row('HostConfig.PortBindings', 'capped', `ports of the edge, tcp and udp, at most ${containerLimits.publishedPorts}`),
  row(
    'HostConfig.PortBindings.*[].HostIp',
    'capped',
    "a loopback address keeps the port on the edge's loopback; others are the edge's address",
  ),
  row('HostConfig.PortBindings.*[].HostPort', 'capped', 'a port or a range; none for whichever is free'),
  row('HostConfig.PublishAllPorts', 'served', 'as asked'),
  row('HostConfig.RestartPolicy', 'served', 'read field by field'),
  row('HostConfig.RestartPolicy.Name', 'served', 'no, always, unless-stopped, on-failure'),
  row('HostConfig.RestartPolicy.MaximumRetryCount', 'capped', 'with on-failure'),
  row('HostConfig.AutoRemove', 'served', 'done by Berth once the log is kept'),
  row('HostConfig.VolumeDriver', 'refused', 'volumes are local ones, made by Berth'),
  row('HostConfig.VolumesFrom', 'capped', "the tenant's own containers; modes ro, rw"),
  row('HostConfig.Mounts', 'capped', 'read field by field'),
  row('HostConfig.Mounts[].Type', 'capped', 'volume and tmpfs; bind, npipe, cluster and image are refused'),
  row('HostConfig.Mounts[].Source', 'capped', "the name of a tenant's volume"),
  row('HostConfig.Mounts[].Target', 'capped', 'an absolute path, outside of /proc and /sys'),
  row('HostConfig.Mounts[].ReadOnly', 'served', 'as asked'),
  row('HostConfig.Mounts[].Consistency', 'ours', 'means something on macOS only'),
  row('HostConfig.Mounts[].BindOptions', 'refused', 'paths of a host cannot be mounted'),
  row('HostConfig.Mounts[].ImageOptions', 'refused', 'images cannot be mounted yet'),
  row('HostConfig.Mounts[].ClusterOptions', 'refused', 'there are no cluster volumes'),
  row('HostConfig.Mounts[].VolumeOptions', 'capped', 'read field by field'),
  row('HostConfig.Mounts[].VolumeOptions.NoCopy', 'served', 'as asked'),
  row('HostConfig.Mounts[].VolumeOptions.Labels', 'capped', 'at most 256 KiB in all; io.berth.* are dropped'),
  row('HostConfig.Mounts[].VolumeOptions.Subpath', 'capped', 'a relative path without ..; needs an engine of API 1.45'),
  row('HostConfig.Mounts[].VolumeOptions.DriverConfig', 'capped', 'read field by field'),
  row('HostConfig.Mounts[].VolumeOptions.DriverConfig.Name', 'capped', 'local'),
  row(
    'HostConfig.Mounts[].VolumeOptions.DriverConfig.Options',
    'refused',
    'the options of a volume driver can name paths and devices of a host',
  ),
  row('HostConfig.Mounts[].TmpfsOptions', 'capped', 'read field by field'),
  row('HostConfig.Mounts[].TmpfsOptions.SizeBytes', 'capped', 'at most 64 GiB, within the memory limit'),
  row('HostConfig.Mounts[].TmpfsOptions.Mode', 'served', 'as asked'),
  row('HostConfig.Mounts[].TmpfsOptions.Options', 'refused', 'use SizeBytes and Mode'),
  row('HostConfig.Tmpfs', 'capped', 'size, mode, uid, gid, nr_inodes and the usual flags; at most 64 GiB, within the memory limit'),

  row('HostConfig.CapAdd', 'capped', "Docker's default set only"),
  row('HostConfig.CapDrop', 'served', 'any capability, and ALL'),
  row('HostConfig.Capabilities', 'refused', 'use CapAdd and CapDrop'),
  row('HostConfig.Privileged', 'refused', 'a privileged container owns its host'),
  row('HostConfig.Devices', 'refused', 'devices belong to the host'),
  row('HostConfig.DeviceCgroupRules', 'refused', 'devices belong to the host'),
  row('HostConfig.DeviceRequests', 'refused', 'GPUs are not served yet'),
  row('HostConfig.SecurityOpt', 'capped', 'no-new-privileges only'),
  row('HostConfig.ReadonlyRootfs', 'served', 'as asked'),
  { ...row('HostConfig.MaskedPaths', 'refused', 'any list, even an empty one, would unmask paths of the kernel'), nullOnly: true },
  { ...row('HostConfig.ReadonlyPaths', 'refused', 'any list, even an empty one, would make paths of the kernel writable'), nullOnly: true },
  row('HostConfig.Sysctls', 'capped', 'a list of net.* settings that end at the container'),
  row('HostConfig.Runtime', 'refused', 'the platform chooses the runtime; choose walls by HostConfig.Isolation'),
  row('HostConfig.Isolation', 'capped', 'shared, sandboxed or dedicated; translated, never passed on'),
  row('HostConfig.Annotations', 'refused', 'annotations steer the runtime of the host'),
  row('HostConfig.Cgroup', 'refused', 'the platform sets it'),
  row('HostConfig.CgroupParent', 'refused', 'the platform sets it'),
  row('HostConfig.CgroupnsMode', 'capped', 'private; host is refused'),
  row('HostConfig.PidMode', 'capped', "container:X of the tenant's own; host is refused"),
  row('HostConfig.IpcMode', 'capped', "none, private, shareable, and container:X of the tenant's own; host is refused"),
  row('HostConfig.UTSMode', 'capped', 'host is refused'),
  row('HostConfig.UsernsMode', 'refused', 'the platform sets it'),
  row('HostConfig.GroupAdd', 'capped', 'names and numbers'),
  row('HostConfig.Init', 'served', 'as asked'),

  row('HostConfig.Memory', 'capped', `default ${containerDefaults.memoryBytes / MiB} MiB; 6 MiB to 256 GiB`),
  row('HostConfig.MemorySwap', 'ours', 'there is no swap: it equals Memory'),
  row('HostConfig.MemorySwappiness', 'ours', 'there is no swap'),
  row('HostConfig.MemoryReservation', 'capped', 'at most Memory'),
  row('HostConfig.KernelMemory', 'refused', 'kernel memory is part of Memory'),
  row('HostConfig.KernelMemoryTCP', 'refused', 'kernel memory is part of Memory'),
  row('HostConfig.NanoCpus', 'capped', 'at most 128 cores; under a quota of cpus a container that asks for none has one core at most'),
  row('HostConfig.CpuQuota', 'capped', 'together with CpuPeriod it becomes NanoCpus'),
  row('HostConfig.CpuPeriod', 'capped', 'together with CpuQuota it becomes NanoCpus'),
  row('HostConfig.CpuShares', 'capped', '2 to 262144'),
  row('HostConfig.CpuCount', 'refused', 'means something on Windows only; use NanoCpus'),
  row('HostConfig.CpuPercent', 'refused', 'means something on Windows only; use NanoCpus'),
  row('HostConfig.CpuRealtimePeriod', 'refused', 'realtime tasks would starve others on the host'),
  row('HostConfig.CpuRealtimeRuntime', 'refused', 'realtime tasks would starve others on the host'),
  row('HostConfig.CpusetCpus', 'refused', 'cores are shared out by the platform; use NanoCpus'),
  row('HostConfig.CpusetMems', 'refused', 'memory nodes are shared out by the platform'),
  row('HostConfig.PidsLimit', 'capped', `default ${containerDefaults.pidsLimit}; at most ${containerLimits.pidsLimit}, which -1 means too`),
  row('HostConfig.ShmSize', 'capped', `default ${containerDefaults.shmSizeBytes / MiB} MiB; at most 64 GiB, within the memory limit`),
  row('HostConfig.Ulimits', 'capped', 'read field by field'),
  row('HostConfig.Ulimits[].Name', 'capped', 'nice, rtprio and rttime are refused'),
  row('HostConfig.Ulimits[].Soft', 'capped', `nofile at most ${containerLimits.openFiles}`),
  row('HostConfig.Ulimits[].Hard', 'capped', `nofile at most ${containerLimits.openFiles}`),
  row('HostConfig.StorageOpt', 'refused', 'the size of a root filesystem is not served yet'),
  row('HostConfig.OomScoreAdj', 'capped', `0 to ${containerLimits.oomScoreAdj}: below 0 the host would rather kill others`),
  row('HostConfig.OomKillDisable', 'refused', 'a container over its memory limit would hang its host'),
  ...['BlkioWeight', 'BlkioWeightDevice', 'BlkioDeviceReadBps', 'BlkioDeviceWriteBps', 'BlkioDeviceReadIOps', 'BlkioDeviceWriteIOps'].map(
    (name) => row(`HostConfig.${name}`, 'refused', 'disks belong to the host'),
  ),
  row('HostConfig.IOMaximumIOps', 'refused', 'means something on Windows only'),
  row('HostConfig.IOMaximumBandwidth', 'refused', 'means something on Windows only'),

  row('HostConfig.ExtraHosts', 'capped', 'host-gateway and internal addresses are refused, loopback passes'),
  row('HostConfig.Dns', 'capped', 'public addresses only'),
  row('HostConfig.DnsOptions', 'capped', 'options of resolv.conf'),
  row('HostConfig.DnsSearch', 'capped', 'domain names'),
  row('HostConfig.Links', 'capped', "the tenant's own containers; an alias, without the variables of the old default bridge"),
  row('HostConfig.ConsoleSize', 'served', 'as asked'),

  row('NetworkingConfig', 'served', 'read field by field'),
  row('NetworkingConfig.EndpointsConfig', 'capped', "the tenant's own networks, at most 16"),
  ...endpointRows('NetworkingConfig.EndpointsConfig.*'),
];

/** The fields of one endpoint: the same at create and at `networks/{id}/connect`. */
export function endpointRows(at: string): FieldRow[] {
  return [
    row(`${at}.IPAMConfig`, 'capped', 'read field by field'),
    row(`${at}.IPAMConfig.IPv4Address`, 'capped', "inside the network's own subnet"),
    row(`${at}.IPAMConfig.IPv6Address`, 'capped', "inside the network's own subnet"),
    row(`${at}.IPAMConfig.LinkLocalIPs`, 'refused', 'addresses are given out by Berth'),
    row(`${at}.Aliases`, 'served', 'as asked'),
    row(`${at}.Links`, 'capped', "the tenant's own containers"),
    row(`${at}.MacAddress`, 'refused', 'a MAC address could take over the traffic of another container'),
    row(`${at}.DriverOpts`, 'refused', 'the options of a network driver reach the host'),
    row(`${at}.GwPriority`, 'refused', 'the gateway is that of the first network'),
    ...[
      'NetworkID',
      'EndpointID',
      'Gateway',
      'IPAddress',
      'IPPrefixLen',
      'IPv6Gateway',
      'GlobalIPv6Address',
      'GlobalIPv6PrefixLen',
      'DNSNames',
    ].map((name) => row(`${at}.${name}`, 'ours', 'state that Docker shows, not a wish')),
  ];
}

export const containerCreateTable = fieldTable(containerCreateRows);

/** The table of docs/divergence.md. */
export function tableMarkdown(): string {
  return fieldTableMarkdown(containerCreateRows);
}

function row(path: string, verdict: FieldRow['verdict'], why: string): FieldRow {
  return { path, verdict, why };
}
