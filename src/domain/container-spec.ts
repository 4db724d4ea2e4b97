/**
 * What a tenant asked for, after policy has read it: every field known, typed and within its walls.
 * The engine's create request is written from this alone, so no byte of a tenant reaches an engine unread.
 * Durations are nanoseconds where Docker's are; memory is bytes; CPU is billionths of a core.
 */
export interface ContainerSpec {
  /** null: Berth makes one up. */
  name: string | null;
  /** `linux/arm64`; null: whatever the placement brings. */
  platform: string | null;
  /** As the tenant wrote it (`busybox`, `busybox:1`, `sha256:…`, an id prefix). Resolved to an image id by the caller. */
  image: string;
  hostname: string;
  domainname: string;
  user: string;
  workingDir: string;
  tty: boolean;
  openStdin: boolean;
  stdinOnce: boolean;
  attachStdin: boolean;
  attachStdout: boolean;
  attachStderr: boolean;
  networkDisabled: boolean;
  /** null: the image's own. */
  cmd: string[] | null;
  entrypoint: string[] | null;
  shell: string[] | null;
  env: string[];
  /** The tenant's labels, with `io.berth.*` stripped. */
  labels: Record<string, string>;
  /** `80/tcp` */
  exposedPorts: string[];
  ports: PublishedPort[];
  /** Every exposed port that `ports` does not name gets one of the edge as well: Docker's `-P`. */
  publishAllPorts: boolean;
  /** The edge says first who connects, on TCP: PROXY protocol, version 2. */
  proxyProtocol: boolean;
  stopSignal: string;
  stopTimeoutSeconds: number | null;
  healthcheck: Healthcheck | null;
  mounts: MountSpec[];
  /** Names or ids of the tenant's containers, with mode: Docker's `--volumes-from`. */
  volumesFrom: { container: string; readOnly: boolean }[];
  network: NetworkChoice;
  pidContainer: string | null;
  ipc: { mode: 'default' | 'private' | 'shareable' | 'none' } | { mode: 'container'; container: string };
  isolation: 'default' | 'shared' | 'sandboxed' | 'dedicated';
  restartPolicy: { name: 'no' | 'always' | 'unless-stopped' | 'on-failure'; maximumRetryCount: number };
  autoRemove: boolean;
  resources: Resources;
  capAdd: string[];
  capDrop: string[];
  noNewPrivileges: boolean;
  readonlyRootfs: boolean;
  init: boolean | null;
  extraHosts: string[];
  dns: string[];
  dnsOptions: string[];
  dnsSearch: string[];
  groupAdd: string[];
  /** path -> options, as Docker's HostConfig.Tmpfs */
  tmpfs: Record<string, string>;
  sysctls: Record<string, string>;
  ulimits: { name: string; soft: number; hard: number }[];
  consoleSize: [height: number, width: number] | null;
  oomScoreAdj: number;
}

/** A port of the container that the edge shall lead to: Docker's `-p`. */
export interface PublishedPort {
  containerPort: number;
  protocol: 'tcp' | 'udp';
  /** As the tenant wrote it, for it is shown back; only whether it is a loopback address has a meaning. */
  hostIp: string;
  /** The edge's port: the first free one of these; null: whichever is free. */
  edgePorts: { first: number; last: number } | null;
}

export interface Healthcheck {
  test: string[];
  intervalNs: number;
  timeoutNs: number;
  startPeriodNs: number;
  startIntervalNs: number;
  retries: number;
}

export type MountSpec =
  /** source null: an anonymous volume. `origin` is the field it came from, since Docker shows both back. */
  | {
      type: 'volume';
      origin: 'bind' | 'mount' | 'config';
      source: string | null;
      target: string;
      readOnly: boolean;
      noCopy: boolean;
      subpath: string | null;
      labels: Record<string, string>;
    }
  | { type: 'tmpfs'; target: string; readOnly: boolean; sizeBytes: number; mode: number };

export type NetworkChoice =
  | { mode: 'none' }
  | { mode: 'container'; container: string }
  /** `default` is the tenant's `bridge`; the first endpoint is HostConfig.NetworkMode. */
  | { mode: 'networks'; endpoints: EndpointSpec[] };

export interface EndpointSpec {
  /** Name or id of the tenant's network; `bridge` for the default one. */
  network: string;
  aliases: string[];
  /** `container:alias`, the tenant's own containers. */
  links: string[];
  ipv4: string | null;
  ipv6: string | null;
  /** Asked for by a change that has not ended: what its engine refuses is dropped. Any other endpoint was promised to a client. */
  pending?: true;
}

export interface Resources {
  memoryBytes: number;
  memoryReservationBytes: number;
  nanoCpus: number;
  cpuShares: number;
  pidsLimit: number;
  shmSizeBytes: number;
}
