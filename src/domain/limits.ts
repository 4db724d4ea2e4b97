const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const secondNs = 1_000_000_000;

/** What a container gets when its tenant asks for nothing. */
export const containerDefaults = {
  memoryBytes: 512 * MiB,
  /** 0: no limit of its own. */
  nanoCpus: 0,
  /** Of a tenant with a quota of cpus; that quota, when it is less. */
  nanoCpusOfQuota: secondNs,
  pidsLimit: 512,
  shmSizeBytes: 64 * MiB,
} as const;

/** The bounds of one container's request. A tenant's quota may be narrower, never wider. */
export const containerLimits = {
  /** An engine refuses less than 6 MiB. */
  memoryMinBytes: 6 * MiB,
  memoryBytes: 256 * GiB,
  nanoCpusMin: secondNs / 100,
  nanoCpus: 128 * secondNs,
  cpuShares: 262_144,
  pidsLimit: 16_384,
  shmSizeBytes: 64 * GiB,
  tmpfsSizeBytes: 64 * GiB,
  openFiles: 1_048_576,
  oomScoreAdj: 1000,
  /** Linux: __NEW_UTS_LEN, the longest host name the kernel keeps. */
  hostnameLength: 64,
  /** Linux: MAX_ARG_STRLEN, the longest single argument or variable that execve takes. */
  argumentLength: 128 * KiB,
  argumentsTotal: 1 * MiB,
  labelsTotal: 256 * KiB,
  mounts: 128,
  networks: 16,
  publishedPorts: 256,
  stopTimeoutSeconds: 3600,
  /** A probe costs its host an exec. */
  healthIntervalMinNs: secondNs / 2,
  healthIntervalNs: 24 * 3600 * secondNs,
  healthTimeoutNs: 3600 * secondNs,
  healthRetries: 1000,
  restartRetries: 1_000_000,
} as const;

/** The bounds of one build. */
export const buildLimits = {
  /** Contexts of a tenant's builds at once, on one server's disk. */
  contextBytes: 8 * GiB,
  dockerfileBytes: 1 * MiB,
  /** Of its output that a quiet build keeps, to show it when it fails. */
  quietBytes: 1 * MiB,
  instructions: 1000,
  seconds: 3600,
  /** How long a step stays in the cache that no build asks for. */
  cacheDays: 30,
  /** A file that ADD fetches. */
  downloadBytes: 2 * GiB,
} as const;
