import { EngineError } from './engine-error.ts';
import type { Doc } from './http.ts';
import type { ImageConfig } from './image-store.ts';

/** The part of a create request that decides something here; the rest is kept and shown. */
export interface CreateRequest extends Doc {
  Image?: string;
  Cmd?: string[] | null;
  Entrypoint?: string[] | null;
  Env?: string[] | null;
  Labels?: Record<string, string> | null;
  Volumes?: Record<string, unknown> | null;
  ExposedPorts?: Record<string, unknown> | null;
  HostConfig?: Doc;
  NetworkingConfig?: { EndpointsConfig?: Record<string, EndpointRequest> | null };
}

export interface EndpointRequest {
  Aliases?: string[] | null;
  IPAMConfig?: { IPv4Address?: string } | null;
  Links?: string[] | null;
}

export interface ContainerConfig extends Doc {
  Hostname: string;
  Tty: boolean;
  OpenStdin: boolean;
  StdinOnce: boolean;
  Env: string[] | null;
  Cmd: string[] | null;
  Entrypoint: string[] | null;
  Image: string;
  Volumes: Record<string, unknown> | null;
  Labels: Record<string, string>;
  ExposedPorts?: Record<string, unknown>;
  Healthcheck?: HealthcheckConfig;
  StopSignal?: string;
  StopTimeout?: number;
}

export interface HealthcheckConfig {
  Test?: string[];
  /** Nanoseconds. */
  Interval?: number;
  Retries?: number;
}

export interface PortBinding {
  HostIp: string;
  /** '' or '0': any free one. */
  HostPort: string;
}

export interface HostConfig extends Doc {
  Binds: string[] | null;
  NetworkMode: string;
  PortBindings: Record<string, PortBinding[]> | null;
  RestartPolicy: { Name: string; MaximumRetryCount: number };
  AutoRemove: boolean;
  Mounts?: { Type: string; Source?: string; Target: string; ReadOnly?: boolean }[];
  Memory: number;
  Runtime?: string;
}

const configDefaults = {
  Hostname: '',
  Domainname: '',
  User: '',
  AttachStdin: false,
  AttachStdout: false,
  AttachStderr: false,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Env: null,
  Cmd: null,
  Image: '',
  Volumes: null,
  WorkingDir: '',
  Entrypoint: null,
  OnBuild: null,
  Labels: {},
};
/** Shown only when they were given: Go's omitempty. */
const configOptional = [
  'ExposedPorts',
  'Healthcheck',
  'ArgsEscaped',
  'NetworkDisabled',
  'MacAddress',
  'StopSignal',
  'StopTimeout',
  'Shell',
];

const hostDefaults = {
  Binds: null,
  ContainerIDFile: '',
  LogConfig: { Type: 'json-file', Config: {} },
  NetworkMode: 'default',
  PortBindings: null,
  RestartPolicy: { Name: '', MaximumRetryCount: 0 },
  AutoRemove: false,
  VolumeDriver: '',
  VolumesFrom: null,
  CapAdd: null,
  CapDrop: null,
  CgroupnsMode: 'host',
  Dns: null,
  DnsOptions: null,
  DnsSearch: null,
  ExtraHosts: null,
  GroupAdd: null,
  IpcMode: 'private',
  Cgroup: '',
  Links: null,
  OomScoreAdj: 0,
  PidMode: '',
  Privileged: false,
  PublishAllPorts: false,
  ReadonlyRootfs: false,
  SecurityOpt: null,
  UTSMode: '',
  UsernsMode: '',
  ShmSize: 67_108_864,
  ConsoleSize: [0, 0],
  Isolation: '',
  CpuShares: 0,
  Memory: 0,
  NanoCpus: 0,
  CgroupParent: '',
  BlkioWeight: 0,
  BlkioWeightDevice: null,
  BlkioDeviceReadBps: null,
  BlkioDeviceWriteBps: null,
  BlkioDeviceReadIOps: null,
  BlkioDeviceWriteIOps: null,
  CpuPeriod: 0,
  CpuQuota: 0,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  CpusetCpus: '',
  CpusetMems: '',
  Devices: null,
  DeviceCgroupRules: null,
  DeviceRequests: null,
  KernelMemory: 0,
  KernelMemoryTCP: 0,
  MemoryReservation: 0,
  MemorySwap: 0,
  MemorySwappiness: null,
  OomKillDisable: false,
  PidsLimit: null,
  Ulimits: null,
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
  MaskedPaths: [
    '/proc/asound',
    '/proc/acpi',
    '/proc/kcore',
    '/proc/keys',
    '/proc/latency_stats',
    '/proc/timer_list',
    '/proc/timer_stats',
    '/proc/sched_debug',
    '/proc/scsi',
    '/sys/firmware',
  ],
  ReadonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
};
const hostOptional = ['Mounts', 'Tmpfs', 'Sysctls', 'Init', 'StorageOpt', 'Runtime'];
/** What a client leaves empty and the engine then fills. */
const hostFilled = ['LogConfig', 'NetworkMode', 'IpcMode', 'CgroupnsMode', 'ShmSize', 'MaskedPaths', 'ReadonlyPaths'];

/** Throws 400 for a request without an image or a command. */
export function configOf(id: string, request: CreateRequest, image: ImageConfig): ContainerConfig {
  const config = { ...configDefaults, ...given(request, [...Object.keys(configDefaults), ...configOptional]) } as ContainerConfig;
  if (config.Hostname === '') config.Hostname = id.slice(0, 12);
  if (!config.Entrypoint?.length) {
    config.Entrypoint = image.Entrypoint ?? null;
    if (!config.Cmd?.length) config.Cmd = image.Cmd ?? null;
  }
  config.Env = envMerge(image.Env ?? null, config.Env);
  config.Labels = { ...image.Labels, ...config.Labels };
  if (image.Volumes) config.Volumes = { ...image.Volumes, ...config.Volumes };
  if (image.ExposedPorts) config.ExposedPorts = { ...image.ExposedPorts, ...config.ExposedPorts };
  if (image.Healthcheck && config.Healthcheck === undefined) config.Healthcheck = image.Healthcheck;
  if (image.StopSignal && config.StopSignal === undefined) config.StopSignal = image.StopSignal;
  for (const key of ['User', 'WorkingDir'] as const) config[key] ||= image[key] ?? '';
  if (argvOf(config).length === 0) throw new EngineError(400, 'No command specified');
  return config;
}

export function hostConfigOf(request: Doc = {}): HostConfig {
  const known = given(request, [...Object.keys(hostDefaults), ...hostOptional]);
  for (const key of hostFilled) if (empty(known[key])) delete known[key];
  if (empty((known.LogConfig as { Type?: string } | undefined)?.Type)) delete known.LogConfig;
  const host = { ...hostDefaults, ...known } as HostConfig & { MemorySwap: number };
  for (const [port, bindings] of Object.entries(host.PortBindings ?? {})) {
    host.PortBindings = {
      ...host.PortBindings,
      [port]: bindings.map(({ HostIp = '', HostPort = '' }: Partial<PortBinding>) => ({ HostIp, HostPort })),
    };
  }
  if (host.Memory > 0 && host.MemorySwap === 0) host.MemorySwap = host.Memory * 2;
  return host;
}

export function argvOf(config: { Entrypoint: string[] | null; Cmd: string[] | null }): string[] {
  return [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
}

function given(request: Doc, keys: string[]): Doc {
  const known: Doc = {};
  for (const key of keys) if (request[key] !== undefined && request[key] !== null) known[key] = request[key];
  return known;
}

function empty(value: unknown): boolean {
  return value === '' || value === 0 || value === undefined;
}

function envMerge(image: string[] | null, own: string[] | null): string[] | null {
  const names = new Set((own ?? []).map((line) => line.split('=')[0]));
  const inherited = (image ?? []).filter((line) => !names.has(line.split('=')[0]));
  return own === null && inherited.length === 0 ? null : [...(own ?? []), ...inherited];
}
