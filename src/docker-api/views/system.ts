import { apiChanged, apiVersionMax, apiVersionMin } from '../versions.ts';
import { storageDriver } from './container-inspect.ts';

/** What `docker version` says of Berth, which is the only engine a tenant sees. */
export interface ServerIdentity {
  /** Berth's own: `0.1.0`. */
  version: string;
  /** As Go names them: `amd64`, `arm64`. What most of the fleet is, for tools that choose an image by it. */
  architecture: 'amd64' | 'arm64';
}

/** The reply to `GET /version`. No component of a host is named: hosts differ, and a version tells what to attack. */
export function versionView(own: ServerIdentity): object {
  const details = { GitCommit: '', GoVersion: '', Os: 'linux', Arch: own.architecture, KernelVersion: '', BuildTime: '' };
  return {
    Platform: { Name: 'Berth' },
    Components: [
      {
        Name: 'Engine',
        Version: own.version,
        Details: { ApiVersion: apiVersionMax, MinAPIVersion: apiVersionMin, Experimental: 'false', ...details },
      },
    ],
    Version: own.version,
    ApiVersion: apiVersionMax,
    MinAPIVersion: apiVersionMin,
    ...details,
  };
}

/** The tenant's own numbers, and what it may use: never the fleet's. */
export interface TenantInfo {
  /** The tenant's id: scripts tell engines apart by it. */
  id: string;
  containers: { running: number; paused: number; stopped: number };
  images: number;
  /** Whole cores and bytes; the tenant's quota, or the largest container it can start. */
  ncpu: number;
  memTotalBytes: number;
  /** RFC 3339 */
  now: string;
}

/** The reply to `GET /info`: every key of an engine, so that docker info prints without a warning, and nothing of a host. */
export function infoView(own: ServerIdentity, tenant: TenantInfo, apiVersion: string): object {
  const { running, paused, stopped } = tenant.containers;
  return {
    ID: tenant.id,
    Containers: running + paused + stopped,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: stopped,
    Images: tenant.images,
    Driver: storageDriver,
    DriverStatus: [],
    Plugins: { Volume: ['local'], Network: ['bridge', 'null'], Authorization: null, Log: ['json-file'] },
    MemoryLimit: true,
    SwapLimit: true,
    ...(!apiChanged(apiVersion, 'kernelMemoryOmitted') && { KernelMemory: false, KernelMemoryTCP: false }),
    CpuCfsPeriod: true,
    CpuCfsQuota: true,
    CPUShares: true,
    CPUSet: true,
    PidsLimit: true,
    IPv4Forwarding: true,
    BridgeNfIptables: true,
    BridgeNfIp6tables: true,
    Debug: false,
    NFd: 0,
    OomKillDisable: false,
    NGoroutines: 0,
    SystemTime: tenant.now,
    LoggingDriver: 'json-file',
    CgroupDriver: 'cgroupfs',
    CgroupVersion: '2',
    NEventsListener: 0,
    KernelVersion: '',
    OperatingSystem: 'Berth',
    OSVersion: '',
    OSType: 'linux',
    Architecture: own.architecture === 'arm64' ? 'aarch64' : 'x86_64',
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: {
      AllowNondistributableArtifactsCIDRs: null,
      AllowNondistributableArtifactsHostnames: null,
      InsecureRegistryCIDRs: [],
      // An entry here makes docker info print a heading for insecure registries with nothing below it.
      IndexConfigs: {},
      Mirrors: null,
    },
    NCPU: tenant.ncpu,
    MemTotal: tenant.memTotalBytes,
    GenericResources: null,
    DockerRootDir: '/var/lib/docker',
    HttpProxy: '',
    HttpsProxy: '',
    NoProxy: '',
    Name: 'berth',
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: own.version,
    Runtimes: { runc: { path: 'runc' } },
    DefaultRuntime: 'runc',
    Swarm: { NodeID: '', NodeAddr: '', LocalNodeState: 'inactive', ControlAvailable: false, Error: '', RemoteManagers: null },
    LiveRestoreEnabled: false,
    Isolation: '',
    InitBinary: 'docker-init',
    ContainerdCommit: noCommit,
    RuncCommit: noCommit,
    InitCommit: noCommit,
    SecurityOptions: apiChanged(apiVersion, 'structuredSecurityOptions') ? ['name=seccomp,profile=builtin'] : ['seccomp'],
    ...(apiChanged(apiVersion, 'cdiSpecDirs') && { CDISpecDirs: [] }),
    Warnings: null,
  };
}

const noCommit = { ID: '', Expected: '' };
