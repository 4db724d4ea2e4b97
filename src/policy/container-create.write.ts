import type { ContainerSpec, Healthcheck, MountSpec, Resources } from '../domain/container-spec.ts';
import { BerthError } from '../domain/errors.ts';
import { apiVersionAtLeast } from './api-version.ts';
import { tmpfsWrite } from './container-mounts.ts';
import type { EngineContainerCreate, EngineEndpoint, EngineHealthcheck, EngineHostConfig, EngineMount } from './engine-container-create.ts';

/** What Berth has decided about one container: where it goes, and what a tenant's words mean there. */
export interface ContainerPlacement {
  /** The image's config digest: create is always by id, so that nobody can move a tag under us. */
  imageId: string;
  /** Ours, injected; they win over a tenant's. */
  labels: Record<string, string>;
  /** A tenant's volume name -> the engine's. */
  volumeNames: ReadonlyMap<string, string>;
  /** `none`, `container:<full engine id>`, or the first endpoint's engine network. */
  networkMode: string;
  endpoints: PlacedEndpoint[];
  /** Where each published port is bound on the host. */
  ports: PlacedPort[];
  /** A tenant's way to write a container -> the engine's full id; for every one that containerReferences() lists. */
  containerIds: ReadonlyMap<string, string>;
  /** The engine's name for the runtime of the isolation class; null: its default. */
  runtime: string | null;
  /** The version in which the engine is called: `1.41`. */
  apiVersion: string;
}

export interface PlacedPort {
  containerPort: number;
  protocol: 'tcp' | 'udp';
  /** Of the host. */
  address: string;
  port: number;
}

export interface PlacedEndpoint {
  engineNetwork: string;
  aliases: string[];
  /** As the spec has them: `reference:alias`. */
  links?: string[];
  ipv4: string | null;
}

export interface EngineConnect {
  engineNetwork: string;
  endpoint: EngineEndpoint;
}

/**
 * The engine's create request, from the typed spec and our own decisions alone. Before API 1.44 an engine takes one endpoint at
 * create; the others are returned as `connectAfter`, to be connected before the start.
 * Throws `unavailable` when the engine is too old for what is asked (containerApiVersionNeeded is the placement filter).
 */
export function containerCreateWrite(
  spec: ContainerSpec,
  placed: ContainerPlacement,
): { body: EngineContainerCreate; connectAfter: EngineConnect[] } {
  const needed = containerApiVersionNeeded(spec);
  if (needed !== null && !apiVersionAtLeast(placed.apiVersion, needed)) {
    throw new BerthError('unavailable', `This container needs a host with Docker API ${needed} or newer, and there is none ready.`);
  }
  const connects = placed.endpoints.map((endpoint) => ({
    engineNetwork: endpoint.engineNetwork,
    endpoint: endpointWrite(endpoint, placed.containerIds),
  }));
  const atCreate = apiVersionAtLeast(placed.apiVersion, '1.44') ? connects.length : 1;
  const body: EngineContainerCreate = {
    Image: placed.imageId,
    ...(spec.hostname !== '' && { Hostname: spec.hostname }),
    ...(spec.domainname !== '' && { Domainname: spec.domainname }),
    User: spec.user,
    WorkingDir: spec.workingDir,
    Tty: spec.tty,
    OpenStdin: spec.openStdin,
    StdinOnce: spec.stdinOnce,
    AttachStdin: spec.attachStdin,
    AttachStdout: spec.attachStdout,
    AttachStderr: spec.attachStderr,
    NetworkDisabled: spec.networkDisabled,
    Cmd: spec.cmd,
    Entrypoint: spec.entrypoint,
    ...(spec.shell && { Shell: spec.shell }),
    Env: spec.env,
    Labels: { ...spec.labels, ...placed.labels },
    ExposedPorts: keySet([...spec.exposedPorts, ...placed.ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)]),
    Volumes: keySet(spec.mounts.filter((mount) => mount.type === 'volume' && mount.origin === 'config').map(({ target }) => target)),
    ...(spec.stopSignal !== '' && { StopSignal: spec.stopSignal }),
    ...(spec.stopTimeoutSeconds !== null && { StopTimeout: spec.stopTimeoutSeconds }),
    ...(spec.healthcheck && { Healthcheck: healthcheckWrite(spec.healthcheck, placed.apiVersion) }),
    HostConfig: hostConfigWrite(spec, placed),
    NetworkingConfig: {
      EndpointsConfig: Object.fromEntries(connects.slice(0, atCreate).map(({ engineNetwork, endpoint }) => [engineNetwork, endpoint])),
    },
  };
  return { body, connectAfter: connects.slice(atCreate) };
}

/** The oldest API version that can do what is asked; null when every served engine can. */
export function containerApiVersionNeeded(spec: ContainerSpec): string | null {
  return spec.mounts.some((mount) => mount.type === 'volume' && mount.subpath !== null) ? '1.45' : null;
}

/** Every container of the tenant that the spec names, as it is written there, each once. */
export function containerReferences(spec: ContainerSpec): string[] {
  const { network, ipc, pidContainer } = spec;
  const endpoints = network.mode === 'networks' ? network.endpoints : [];
  return [
    ...new Set([
      ...spec.volumesFrom.map(({ container }) => container),
      ...(network.mode === 'container' ? [network.container] : []),
      ...endpoints.flatMap(({ links }) => links.map((link) => linkParse(link).container)),
      ...(ipc.mode === 'container' ? [ipc.container] : []),
      ...(pidContainer === null ? [] : [pidContainer]),
    ]),
  ];
}

function hostConfigWrite(spec: ContainerSpec, placed: ContainerPlacement): EngineHostConfig {
  return {
    ...resourcesWrite(spec.resources, placed.runtime !== null),
    AutoRemove: false,
    CapAdd: spec.capAdd,
    CapDrop: spec.capDrop,
    CgroupParent: '',
    // On cgroup v1 an engine's default is the host's, which shows a container our names of things.
    CgroupnsMode: 'private',
    ...(spec.consoleSize && { ConsoleSize: spec.consoleSize }),
    Dns: spec.dns,
    DnsOptions: spec.dnsOptions,
    DnsSearch: spec.dnsSearch,
    ExtraHosts: spec.extraHosts,
    GroupAdd: spec.groupAdd,
    ...(spec.init !== null && { Init: spec.init }),
    IpcMode: ipcModeWrite(spec, placed),
    LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    Mounts: spec.mounts
      .filter((mount) => mount.type === 'tmpfs' || mount.origin !== 'config')
      .map((mount) => mountWrite(mount, spec, placed)),
    NetworkMode: placed.networkMode,
    OomScoreAdj: spec.oomScoreAdj,
    PidMode: spec.pidContainer === null ? '' : `container:${engineId(placed, spec.pidContainer)}`,
    PortBindings: Object.fromEntries(
      placed.ports.map((port) => [`${port.containerPort}/${port.protocol}`, [{ HostIp: port.address, HostPort: String(port.port) }]]),
    ),
    Privileged: false,
    ReadonlyRootfs: spec.readonlyRootfs,
    RestartPolicy: { Name: spec.restartPolicy.name, MaximumRetryCount: spec.restartPolicy.maximumRetryCount },
    ...(placed.runtime !== null && { Runtime: placed.runtime }),
    SecurityOpt: spec.noNewPrivileges ? ['no-new-privileges'] : [],
    ShmSize: spec.resources.shmSizeBytes,
    Sysctls: spec.sysctls,
    Tmpfs: Object.fromEntries(Object.entries(spec.tmpfs).map(([path, options]) => [path, tmpfsWrite(options, spec.resources.memoryBytes)])),
    Ulimits: spec.ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    VolumesFrom: spec.volumesFrom.map(({ container, readOnly }) => `${engineId(placed, container)}:${readOnly ? 'ro' : 'rw'}`),
  };
}

export type EngineResources = Pick<
  EngineHostConfig,
  'CpuShares' | 'Memory' | 'MemoryReservation' | 'MemorySwap' | 'NanoCpus' | 'PidsLimit'
>;

/** What an engine can also change later. */
export function resourcesWrite(resources: Resources, sandboxed: boolean): EngineResources {
  return {
    CpuShares: resources.cpuShares,
    Memory: resources.memoryBytes,
    MemoryReservation: resources.memoryReservationBytes,
    // The sum of memory and swap: equal means no swap, which would wear the disk of all.
    MemorySwap: resources.memoryBytes,
    NanoCpus: resources.nanoCpus,
    PidsLimit: sandboxed ? sandboxThreads(resources.pidsLimit) : resources.pidsLimit,
  };
}

/**
 * gVisor runs a process on several threads of the host, and those are what the host counts: measured 45 and 8 a process, twice that while
 * many start at once. A sandbox that meets the limit dies as a whole, so it is wide enough for what the tenant asked for.
 */
function sandboxThreads(processes: number): number {
  return 128 + 16 * processes;
}

/** An engine's own default may be the host-wide one of its configuration, so nothing is left to it. */
function ipcModeWrite({ ipc }: ContainerSpec, placed: ContainerPlacement): string {
  if (ipc.mode === 'container') return `container:${engineId(placed, ipc.container)}`;
  return ipc.mode === 'default' ? 'private' : ipc.mode;
}

function mountWrite(mount: MountSpec, spec: ContainerSpec, placed: ContainerPlacement): EngineMount {
  if (mount.type === 'tmpfs') {
    return {
      Type: 'tmpfs',
      Target: mount.target,
      ReadOnly: mount.readOnly,
      // Without a size a tmpfs could grow to half of the host's memory.
      TmpfsOptions: { SizeBytes: mount.sizeBytes || spec.resources.memoryBytes, ...(mount.mode !== 0 && { Mode: mount.mode }) },
    };
  }
  return {
    Type: 'volume',
    ...(mount.source !== null && { Source: required(placed.volumeNames, mount.source, 'volume') }),
    Target: mount.target,
    ReadOnly: mount.readOnly,
    VolumeOptions: { NoCopy: mount.noCopy, Labels: mount.labels, ...(mount.subpath !== null && { Subpath: mount.subpath }) },
  };
}

function healthcheckWrite(health: Healthcheck, apiVersion: string): EngineHealthcheck {
  return {
    Test: health.test,
    Interval: health.intervalNs,
    Timeout: health.timeoutNs,
    StartPeriod: health.startPeriodNs,
    ...(apiVersionAtLeast(apiVersion, '1.44') && health.startIntervalNs !== 0 && { StartInterval: health.startIntervalNs }),
    Retries: health.retries,
  };
}

/** How a container is to be on a network. `containerIds`: of each container that a link names, as it names it. */
export function endpointWrite(
  { aliases, links = [], ipv4 }: Pick<PlacedEndpoint, 'aliases' | 'links' | 'ipv4'>,
  containerIds: ReadonlyMap<string, string>,
): EngineEndpoint {
  return {
    Aliases: aliases,
    Links: links.map((link) => {
      const { container, alias } = linkParse(link);
      // Names are looked up on the network, where an engine knows a container by the beginning of its id, and not by the whole.
      return `${required(containerIds, container, 'container').slice(0, 12)}:${alias}`;
    }),
    ...(ipv4 !== null && { IPAMConfig: { IPv4Address: ipv4 } }),
  };
}

export function linkParse(link: string): { container: string; alias: string } {
  const [container = '', alias = container] = link.split(':');
  return { container, alias };
}

function engineId(placed: ContainerPlacement, reference: string): string {
  return required(placed.containerIds, reference, 'container');
}

/** The caller resolves every name before it writes; a missing one is our own fault, and must not reach an engine as it is. */
function required(map: ReadonlyMap<string, string>, name: string, what: string): string {
  const value = map.get(name);
  if (value === undefined) throw new BerthError('internal', `The ${what} of this request was not resolved.`, { detail: name });
  return value;
}

function keySet(names: string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}
