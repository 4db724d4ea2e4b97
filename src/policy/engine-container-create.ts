/**
 * The body that we send to an engine's `POST /containers/create`: only the fields that Berth ever sets. What is missing here
 * (Privileged, Devices, Runtime options, …) cannot be asked of an engine by anybody.
 */
export interface EngineContainerCreate {
  Image: string;
  Hostname?: string;
  Domainname?: string;
  User: string;
  WorkingDir: string;
  Tty: boolean;
  OpenStdin: boolean;
  StdinOnce: boolean;
  AttachStdin: boolean;
  AttachStdout: boolean;
  AttachStderr: boolean;
  NetworkDisabled: boolean;
  Cmd: string[] | null;
  Entrypoint: string[] | null;
  Shell?: string[];
  Env: string[];
  Labels: Record<string, string>;
  ExposedPorts: Record<string, object>;
  Volumes: Record<string, object>;
  StopSignal?: string;
  StopTimeout?: number;
  Healthcheck?: EngineHealthcheck;
  HostConfig: EngineHostConfig;
  NetworkingConfig: { EndpointsConfig: Record<string, EngineEndpoint> };
}

export interface EngineHealthcheck {
  Test: string[];
  Interval: number;
  Timeout: number;
  StartPeriod: number;
  StartInterval?: number;
  Retries: number;
}

export interface EngineHostConfig {
  AutoRemove: false;
  CapAdd: string[];
  CapDrop: string[];
  CgroupParent: '';
  CgroupnsMode: 'private';
  ConsoleSize?: [number, number];
  CpuShares: number;
  Dns: string[];
  DnsOptions: string[];
  DnsSearch: string[];
  ExtraHosts: string[];
  GroupAdd: string[];
  Init?: boolean;
  IpcMode: string;
  LogConfig: { Type: 'json-file'; Config: Record<string, string> };
  Memory: number;
  MemoryReservation: number;
  MemorySwap: number;
  Mounts: EngineMount[];
  NanoCpus: number;
  NetworkMode: string;
  OomScoreAdj: number;
  PidMode: string;
  PidsLimit: number;
  PortBindings: Record<string, { HostIp: string; HostPort: string }[]>;
  Privileged: false;
  ReadonlyRootfs: boolean;
  RestartPolicy: { Name: string; MaximumRetryCount: number };
  Runtime?: string;
  SecurityOpt: string[];
  ShmSize: number;
  Sysctls: Record<string, string>;
  Tmpfs: Record<string, string>;
  Ulimits: { Name: string; Soft: number; Hard: number }[];
  VolumesFrom: string[];
}

export type EngineMount =
  | {
      Type: 'volume';
      Source?: string;
      Target: string;
      ReadOnly: boolean;
      VolumeOptions: { NoCopy: boolean; Labels: Record<string, string>; Subpath?: string };
    }
  | { Type: 'tmpfs'; Target: string; ReadOnly: boolean; TmpfsOptions: { SizeBytes: number; Mode?: number } };

export interface EngineEndpoint {
  Aliases: string[];
  Links: string[];
  IPAMConfig?: { IPv4Address: string };
}
