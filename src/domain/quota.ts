import { BerthError } from './errors.ts';

const GiB = 1024 ** 3;

/** What a tenant may have at once. All of it is enforced, and none of it is promised: the fleet may be full before. */
export interface Quota {
  containers: number;
  volumes: number;
  images: number;
  /** Published on the edge. */
  ports: number;
  /** Of running containers together, as `demandOf` has it; bytes and billionths of a cpu. */
  memoryBytes: number;
  /** null: none. With one, a container that asks for no limit is given one: see `cpuLimited`. */
  nanoCpus: number | null;
  /** Processes and threads of running containers together, as their limits are. */
  pids: number;
  /** Of images, and of containers and volumes as their hosts measured them last. Who has more makes and fetches no more. */
  diskBytes: number;
  /** Calls of the Docker endpoint that are open at once on one server, streams above all. */
  streams: number;
  /** On each server; twice as many may come together. */
  requestsPerSecond: number;
}

export type QuotaKind = keyof Quota;

/** What a tenant starts with: enough to forget about it, too little to take a fleet along by mistake. */
export const quotaDefaults: Quota = {
  ...{ containers: 1_000, volumes: 1_000, images: 1_000, ports: 1_000 },
  ...{ memoryBytes: 1_024 * GiB, nanoCpus: null, pids: 1_000_000, diskBytes: 4_096 * GiB },
  ...{ streams: 1_000, requestsPerSecond: 1_000 },
};

/** For the tenant, whose quota is no secret to it. */
export function quotaRefused(kind: QuotaKind, most: number): BerthError {
  return new BerthError(
    'refused',
    `Quota: this tenant may have ${words(kind, most)} at once. Remove or stop some, or ask the operator of this fleet for more.`,
  );
}

function words(kind: QuotaKind, most: number): string {
  if (kind === 'memoryBytes') return `${gib(most)} GiB of memory in running containers`;
  if (kind === 'diskBytes') return `${gib(most)} GiB of images, containers and volumes`;
  if (kind === 'pids') return `${most} processes in running containers, by their limits,`;
  if (kind === 'nanoCpus') return `${most / 1e9} cpus in running containers`;
  return `${most} ${kind === 'ports' ? 'published ports' : kind}`;
}

function gib(bytes: number): number {
  return Math.round((bytes / GiB) * 100) / 100;
}
