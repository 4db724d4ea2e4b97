import { containerRuns } from './container.ts';
import { containerSummary } from './container-view.ts';
import type { Reply, Route } from './http.ts';
import { imageSummary } from './images.ts';
import type { EngineState } from './state.ts';
import { rfc3339Nano } from './time.ts';

export const serverVersion = '20.10.24';

const pingHeaders = { 'Cache-Control': 'no-cache, no-store, must-revalidate', Pragma: 'no-cache' };
const ping = (text: string): Reply => ({ status: 200, text, contentType: 'text/plain; charset=utf-8', headers: pingHeaders });

export const systemRoutes: Route[] = [
  { method: 'GET', path: '/_ping', handle: () => ping('OK') },
  { method: 'HEAD', path: '/_ping', handle: () => ping('') },
  { method: 'GET', path: '/version', handle: versionCall },
  { method: 'GET', path: '/info', handle: infoCall },
  { method: 'GET', path: '/system/df', handle: usageCall },
];

function versionCall({ settings }: EngineState): Reply {
  const { apiVersion: ApiVersion, minApiVersion: MinAPIVersion } = settings;
  const Arch = settings.architecture === 'aarch64' ? 'arm64' : 'amd64';
  const build = { GitCommit: '5d6db84', GoVersion: 'go1.19.8', KernelVersion: '6.1.0', BuildTime: '2024-01-01T00:00:00.000000000+00:00' };
  const details = { ApiVersion, Arch, ...build, Experimental: 'false', MinAPIVersion, Os: 'linux' };
  const part = (Name: string, Version: string) => ({ Name, Version, Details: { GitCommit: '' } });
  const Components = [
    { Name: 'Engine', Version: serverVersion, Details: details },
    part('containerd', '1.6.20'),
    part('runc', '1.1.5'),
    part('docker-init', '0.19.0'),
  ];
  return {
    status: 200,
    json: { Platform: { Name: '' }, Components, Version: serverVersion, ApiVersion, MinAPIVersion, Os: 'linux', Arch, ...build },
  };
}

function infoCall(engine: EngineState): Reply {
  const { cpus, memoryBytes, architecture, runtimes } = engine.settings;
  const containers = [...engine.containers.values()];
  const paused = containers.filter(({ status }) => status === 'paused').length;
  const running = containers.filter(containerRuns).length - paused;
  const commit = (id: string) => ({ ID: id, Expected: id });
  const json = {
    ID: engine.id,
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: containers.length - running - paused,
    Images: engine.images.all().length,
    Driver: 'overlay2',
    DriverStatus: [
      ['Backing Filesystem', 'extfs'],
      ['Supports d_type', 'true'],
      ['Native Overlay Diff', 'true'],
      ['userxattr', 'false'],
    ],
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'ipvlan', 'macvlan', 'null', 'overlay'],
      Authorization: null,
      Log: ['json-file', 'local', 'none'],
    },
    MemoryLimit: true,
    SwapLimit: true,
    KernelMemory: true,
    KernelMemoryTCP: true,
    CpuCfsPeriod: true,
    CpuCfsQuota: true,
    CPUShares: true,
    CPUSet: true,
    PidsLimit: true,
    IPv4Forwarding: true,
    BridgeNfIptables: true,
    BridgeNfIp6tables: true,
    Debug: false,
    NFd: 28,
    OomKillDisable: true,
    NGoroutines: 41,
    SystemTime: rfc3339Nano(engine.clock.nanos()),
    LoggingDriver: 'json-file',
    CgroupDriver: 'cgroupfs',
    CgroupVersion: '1',
    NEventsListener: engine.events.listeners,
    KernelVersion: '6.1.0',
    OperatingSystem: 'Debian GNU/Linux 12 (bookworm)',
    OSVersion: '12',
    OSType: 'linux',
    Architecture: architecture,
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: registryConfig(),
    NCPU: cpus,
    MemTotal: memoryBytes,
    GenericResources: null,
    DockerRootDir: '/var/lib/docker',
    HttpProxy: '',
    HttpsProxy: '',
    NoProxy: '',
    Name: `fake-${engine.id.slice(0, 4).toLowerCase()}`,
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: serverVersion,
    Runtimes: Object.fromEntries(runtimes.map((name) => [name, { path: name }])),
    DefaultRuntime: 'runc',
    Swarm: { NodeID: '', NodeAddr: '', LocalNodeState: 'inactive', ControlAvailable: false, Error: '', RemoteManagers: null },
    LiveRestoreEnabled: false,
    Isolation: '',
    InitBinary: 'docker-init',
    ContainerdCommit: commit('1.6.20'),
    RuncCommit: commit('1.1.5'),
    InitCommit: commit(''),
    SecurityOptions: ['name=seccomp,profile=default'],
    Warnings: null,
  };
  return { status: 200, json };
}

function registryConfig() {
  return {
    AllowNondistributableArtifactsCIDRs: [],
    AllowNondistributableArtifactsHostnames: [],
    InsecureRegistryCIDRs: ['127.0.0.0/8'],
    IndexConfigs: { 'docker.io': { Name: 'docker.io', Mirrors: [], Secure: true, Official: true } },
    Mirrors: [],
  };
}

function usageCall(engine: EngineState): Reply {
  const images = engine.images.all();
  const json = {
    LayersSize: images.reduce((sum, { size }) => sum + size, 0),
    Images: images.map(imageSummary),
    Containers: [...engine.containers.values()].map((container) => containerSummary(engine, container, true)),
    Volumes: [...engine.volumes.values()].map(({ name, users }) => ({ Name: name, UsageData: { Size: 0, RefCount: users.size } })),
    BuildCache: null,
    BuilderSize: 0,
  };
  return { status: 200, json };
}
