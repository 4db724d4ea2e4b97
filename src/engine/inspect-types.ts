import type { ImageRunConfig } from '../domain/image-config.ts';

/**
 * The documents of an engine's inspect calls, as far as Berth reads them (Docker Engine API 1.41 to 1.47; Go's JSON writes an
 * empty list or map as null). Nothing here is checked: an engine is trusted to keep its own types, never with what a tenant sees.
 */
export interface EngineContainerInspect {
  Id: string;
  /** RFC 3339 with up to nine digits, as all times here. Go's zero time stands for never. */
  Created: string;
  Path: string;
  Args: string[] | null;
  State: EngineContainerState;
  /** The image's id: `sha256:…`. */
  Image: string;
  Name: string;
  RestartCount: number;
  ExecIDs: string[] | null;
  HostConfig: { NetworkMode: string; PidMode?: string; VolumesFrom?: string[] | null };
  SizeRw?: number;
  SizeRootFs?: number;
  Mounts: EngineMountPoint[] | null;
  Config: ImageRunConfig;
  NetworkSettings: {
    Networks: Record<string, EngineEndpointSettings | null> | null;
    Ports?: Record<string, EnginePortBinding[] | null> | null;
  };
}

export interface EngineContainerState {
  Status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  /** Also true while paused, and between two starts of a restart policy. */
  Running: boolean;
  Paused: boolean;
  Restarting: boolean;
  OOMKilled: boolean;
  Dead: boolean;
  /** Of the host. */
  Pid: number;
  ExitCode: number;
  Error: string;
  StartedAt: string;
  FinishedAt: string;
  Health?: EngineHealth | null;
}

export interface EngineHealth {
  Status: string;
  FailingStreak: number;
  Log: { Start: string; End: string; ExitCode: number; Output: string }[] | null;
}

export interface EngineMountPoint {
  Type: string;
  Name?: string;
  /** A path of the host. */
  Source: string;
  Destination: string;
  Driver?: string;
  Mode: string;
  RW: boolean;
}

export interface EngineEndpointSettings {
  /** Empty until the container's first start. */
  NetworkID: string;
  EndpointID: string;
  Gateway: string;
  Aliases: string[] | null;
  Links: string[] | null;
  IPAddress: string;
  IPPrefixLen: number;
  IPv6Gateway: string;
  GlobalIPv6Address: string;
  GlobalIPv6PrefixLen: number;
  MacAddress: string;
}

export interface EnginePortBinding {
  HostIp: string;
  HostPort: string;
}

export interface EngineNetworkInspect {
  Id: string;
  Name: string;
  /** By container id; an endpoint whose container is gone has a key of its own kind (`ep-…`). */
  Containers: Record<string, { EndpointID: string; MacAddress: string; IPv4Address: string; IPv6Address: string }> | null;
}

export interface EngineVolumeInspect {
  Name: string;
  CreatedAt?: string;
  /** Both -1 when the engine did not count. */
  UsageData?: { Size: number; RefCount: number } | null;
}

export interface EngineImageInspect {
  Id: string;
  Comment?: string;
  Created?: string;
  DockerVersion?: string;
  Author?: string;
  Config: ImageRunConfig | null;
  Architecture: string;
  Variant?: string;
  Os: string;
  OsVersion?: string;
  Size: number;
  RootFS: { Type: string; Layers?: string[] | null };
}

export interface EngineImageHistoryItem {
  Id: string;
  /** Unix seconds. */
  Created: number;
  CreatedBy: string;
  Size: number;
  Comment: string;
}

export interface EngineTop {
  Titles: string[];
  Processes: string[][] | null;
}

export interface EngineCpuStats {
  cpu_usage?: { total_usage?: number; percpu_usage?: number[] | null; usage_in_kernelmode?: number; usage_in_usermode?: number };
  system_cpu_usage?: number;
  online_cpus?: number;
  throttling_data?: { periods?: number; throttled_periods?: number; throttled_time?: number };
}

export interface EngineBlkioEntry {
  major: number;
  minor: number;
  op: string;
  value: number;
}

/** One sample of `GET /containers/{id}/stats`. */
export interface EngineStats {
  read: string;
  preread: string;
  pids_stats?: { current?: number; limit?: number };
  blkio_stats?: Record<string, EngineBlkioEntry[] | null>;
  num_procs?: number;
  cpu_stats?: EngineCpuStats;
  precpu_stats?: EngineCpuStats;
  memory_stats?: { usage?: number; max_usage?: number; stats?: Record<string, number>; failcnt?: number; limit?: number };
  networks?: Record<string, Record<string, number | string>> | null;
}
