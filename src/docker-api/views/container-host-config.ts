import type { ContainerSpec, MountSpec } from '../../domain/container-spec.ts';
import { apiChanged } from '../versions.ts';
import { type ContainerIdentity, containerIdShown } from './container-identity.ts';
import { containerNetworkMode } from './container-networks.ts';

/**
 * Inspect's `HostConfig` as the tenant asked for it, from our own spec and not from the engine, which was asked for something
 * else. Tools copy a container by sending this back to create: whatever stands here must be accepted there. So what only the
 * platform decides (Runtime, CgroupParent, the log, MaskedPaths) stands at the value that means "the default".
 */
export function containerHostConfig(own: ContainerIdentity, apiVersion: string): object {
  const { spec } = own;
  const { resources } = spec;
  const containerId = (reference: string) => containerIdShown(reference, own);
  const mounts = spec.mounts.filter((mount) => mount.type === 'tmpfs' || mount.origin === 'mount').map(mountView);
  return {
    Binds: orNull(spec.mounts.flatMap(bindView)),
    ContainerIDFile: '',
    LogConfig: { Type: 'json-file', Config: {} },
    NetworkMode: containerNetworkMode(own, apiVersion, containerId),
    PortBindings: portBindings(spec),
    RestartPolicy: { Name: spec.restartPolicy.name, MaximumRetryCount: spec.restartPolicy.maximumRetryCount },
    AutoRemove: own.autoRemove,
    VolumeDriver: '',
    VolumesFrom: orNull(spec.volumesFrom.map(({ container, readOnly }) => (readOnly ? `${container}:ro` : container))),
    ConsoleSize: spec.consoleSize ?? [0, 0],
    CapAdd: orNull(spec.capAdd),
    CapDrop: orNull(spec.capDrop),
    CgroupnsMode: 'private',
    Dns: spec.dns,
    DnsOptions: spec.dnsOptions,
    DnsSearch: spec.dnsSearch,
    ExtraHosts: orNull(spec.extraHosts),
    GroupAdd: orNull(spec.groupAdd),
    IpcMode: ipcMode(spec, containerId),
    Cgroup: '',
    Links: orNull(legacyLinks(own)),
    OomScoreAdj: spec.oomScoreAdj,
    PidMode: spec.pidContainer === null ? '' : `container:${containerId(spec.pidContainer)}`,
    Privileged: false,
    PublishAllPorts: spec.publishAllPorts,
    ReadonlyRootfs: spec.readonlyRootfs,
    SecurityOpt: spec.noNewPrivileges ? ['no-new-privileges'] : null,
    ...(hasKeys(spec.tmpfs) && { Tmpfs: spec.tmpfs }),
    UTSMode: '',
    UsernsMode: '',
    ShmSize: resources.shmSizeBytes,
    ...(hasKeys(spec.sysctls) && { Sysctls: spec.sysctls }),
    Runtime: '',
    Isolation: own.isolation,
    CpuShares: resources.cpuShares,
    Memory: resources.memoryBytes,
    NanoCpus: resources.nanoCpus,
    CgroupParent: '',
    BlkioWeight: 0,
    BlkioWeightDevice: [],
    BlkioDeviceReadBps: [],
    BlkioDeviceWriteBps: [],
    BlkioDeviceReadIOps: [],
    BlkioDeviceWriteIOps: [],
    CpuPeriod: 0,
    CpuQuota: 0,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: '',
    CpusetMems: '',
    Devices: [],
    DeviceCgroupRules: null,
    DeviceRequests: null,
    ...(!apiChanged(apiVersion, 'kernelMemoryOmitted') && { KernelMemory: 0, KernelMemoryTCP: 0 }),
    MemoryReservation: resources.memoryReservationBytes,
    MemorySwap: resources.memoryBytes,
    MemorySwappiness: null,
    OomKillDisable: false,
    PidsLimit: resources.pidsLimit === 0 ? null : resources.pidsLimit,
    Ulimits: spec.ulimits.map(({ name, hard, soft }) => ({ Name: name, Hard: hard, Soft: soft })),
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    ...(mounts.length > 0 && { Mounts: mounts }),
    MaskedPaths: null,
    ReadonlyPaths: null,
    ...(spec.init !== null && { Init: spec.init }),
  };
}

/** `data:/data:ro`, or the target alone for an anonymous volume. */
function bindView(mount: MountSpec): string[] {
  if (mount.type !== 'volume' || mount.origin !== 'bind') return [];
  const modes = [...(mount.readOnly ? ['ro'] : []), ...(mount.noCopy ? ['nocopy'] : [])].join(',');
  return [[mount.source, mount.target, modes].filter((part) => part !== null && part !== '').join(':')];
}

function mountView(mount: MountSpec): object {
  const common = { Target: mount.target, ...(mount.readOnly && { ReadOnly: true }) };
  if (mount.type === 'tmpfs') {
    const options = { ...(mount.sizeBytes > 0 && { SizeBytes: mount.sizeBytes }), ...(mount.mode > 0 && { Mode: mount.mode }) };
    return { Type: 'tmpfs', ...common, ...(hasKeys(options) && { TmpfsOptions: options }) };
  }
  const options = {
    ...(mount.noCopy && { NoCopy: true }),
    ...(hasKeys(mount.labels) && { Labels: mount.labels }),
    ...(mount.subpath !== null && { Subpath: mount.subpath }),
  };
  return {
    Type: 'volume',
    ...(mount.source !== null && { Source: mount.source }),
    ...common,
    ...(hasKeys(options) && { VolumeOptions: options }),
  };
}

function portBindings({ ports }: ContainerSpec): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { containerPort, protocol, hostIp, edgePorts } of ports) {
    const { first = '', last = first } = edgePorts ?? {};
    const list = (bindings[`${containerPort}/${protocol}`] ??= []);
    list.push({ HostIp: hostIp, HostPort: first === last ? String(first) : `${first}-${last}` });
  }
  return bindings;
}

function ipcMode({ ipc }: ContainerSpec, containerId: (reference: string) => string): string {
  if (ipc.mode === 'container') return `container:${containerId(ipc.container)}`;
  return ipc.mode === 'default' ? 'private' : ipc.mode;
}

/** Links on the default network: `/db:/web/alias`. Those on other networks are shown at their endpoints. */
function legacyLinks(own: ContainerIdentity): string[] {
  const { network } = own.spec;
  if (network.mode !== 'networks') return [];
  return network.endpoints
    .filter(({ network: name }) => name === 'bridge' || name === 'default')
    .flatMap(({ links }) => links)
    .map((link) => {
      const [container = '', alias = container] = link.split(':');
      return `/${own.containerNames.get(containerIdShown(container, own)) ?? container}:/${own.name}/${alias}`;
    });
}

/** An empty list that was not asked for is null in Go's JSON. */
function orNull<T>(list: T[]): T[] | null {
  return list.length > 0 ? list : null;
}

function hasKeys(object: object): boolean {
  return Object.keys(object).length > 0;
}
