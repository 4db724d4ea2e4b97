import type { ContainerSpec, Resources } from '../domain/container-spec.ts';
import { containerDefaults, containerLimits as limits } from '../domain/limits.ts';
import { type Fields, printable } from './fields.ts';

/** Final numbers: Docker's "unset" (0, and -1 where it means unlimited) is replaced by ours. */
export function resourcesRead(host: Fields): Resources {
  const memoryBytes = memoryRead(host, 'create') ?? containerDefaults.memoryBytes;
  const memoryReservationBytes = host.integer('MemoryReservation');
  if (memoryReservationBytes !== 0) {
    if (memoryReservationBytes > memoryBytes)
      throw host.wrong(
        'MemoryReservation',
        'is larger than Memory',
        'Minimum memory limit can not be less than memory reservation limit, see usage',
      );
    host.within('MemoryReservation', memoryReservationBytes, limits.memoryMinBytes, memoryBytes, 'bytes');
  }
  const cpuShares = host.integer('CpuShares');
  if (cpuShares !== 0) host.within('CpuShares', cpuShares, 2, limits.cpuShares);
  const shmSizeBytes = host.integer('ShmSize') || containerDefaults.shmSizeBytes;
  return {
    memoryBytes,
    memoryReservationBytes,
    nanoCpus: nanoCpusRead(host),
    cpuShares,
    pidsLimit: pidsLimitRead(host),
    shmSizeBytes: host.within('ShmSize', shmSizeBytes, 1, limits.shmSizeBytes, 'bytes'),
  };
}

/** null: none is asked for. Swap is not served, yet a wish that makes no sense is told so, as moby does (daemon/daemon_unix.go). */
export function memoryRead(host: Fields, does: 'create' | 'update'): number | null {
  const memoryBytes = host.integer('Memory');
  const swapBytes = host.integer('MemorySwap');
  if (memoryBytes === 0) {
    if (swapBytes > 0 && does === 'create')
      throw host.wrong('MemorySwap', 'needs Memory', 'You should always set the Memory limit when using Memoryswap limit, see usage');
    return null;
  }
  if (memoryBytes < limits.memoryMinBytes) throw host.wrong('Memory', 'is less than 6 MiB', 'Minimum memory limit allowed is 6MB');
  if (swapBytes > 0 && swapBytes < memoryBytes)
    throw host.wrong('MemorySwap', 'is less than Memory', 'Minimum memoryswap limit should be larger than memory limit, see usage');
  return host.within('Memory', memoryBytes, limits.memoryMinBytes, limits.memoryBytes, 'bytes');
}

/** NanoCpus, or what CpuQuota and CpuPeriod (microseconds, CFS) come to: an engine takes one way or the other. */
export function nanoCpusRead(host: Fields): number {
  const nanoCpus = host.integer('NanoCpus');
  const period = host.integer('CpuPeriod');
  const quota = host.integer('CpuQuota');
  if (nanoCpus !== 0) {
    if (period !== 0 || quota !== 0) throw host.malformed('NanoCpus', 'cannot be used together with CpuPeriod or CpuQuota');
    return host.within('NanoCpus', nanoCpus, limits.nanoCpusMin, limits.nanoCpus);
  }
  if (period !== 0) host.within('CpuPeriod', period, 1_000, 1_000_000, 'microseconds');
  if (quota === 0 || quota === -1) return containerDefaults.nanoCpus;
  host.within('CpuQuota', quota, 1_000, Number.MAX_SAFE_INTEGER, 'microseconds');
  return host.within(
    'CpuQuota',
    Math.round((quota / (period || 100_000)) * 1e9),
    limits.nanoCpusMin,
    limits.nanoCpus,
    'billionths of a core',
  );
}

/**
 * What a container has under its tenant's quota of cpus; null: there is none. Without a limit it could take more than is counted of it.
 * As a LimitRange of Kubernetes: given when it is made, shown, and kept from then on.
 */
export function cpuLimited(spec: ContainerSpec, quota: number | null): ContainerSpec {
  if (quota === null || spec.resources.nanoCpus !== 0) return spec;
  const nanoCpus = Math.max(limits.nanoCpusMin, Math.min(containerDefaults.nanoCpusOfQuota, quota));
  return { ...spec, resources: { ...spec.resources, nanoCpus } };
}

export function pidsLimitRead(host: Fields): number {
  const asked = host.integer('PidsLimit');
  if (asked === 0) return containerDefaults.pidsLimit;
  if (asked === -1) return limits.pidsLimit;
  return host.within('PidsLimit', asked, 1, limits.pidsLimit);
}

/** nice, rtprio and rttime would take time from others on the host. */
const ulimitNames = ['core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nofile', 'nproc', 'rss', 'sigpending', 'stack'];

export function ulimitsRead(host: Fields): ContainerSpec['ulimits'] {
  return host.objects('Ulimits', { maxEntries: 32 }).map((fields) => {
    const name = fields.string('Name');
    if (!ulimitNames.includes(name)) throw fields.refused('Name', `${printable(name)} is not among ${ulimitNames.join(', ')}`);
    const maximum = name === 'nofile' ? limits.openFiles : Number.MAX_SAFE_INTEGER;
    const minimum = name === 'nofile' ? 0 : -1;
    const soft = fields.within('Soft', fields.integer('Soft'), minimum, maximum);
    const hard = fields.within('Hard', fields.integer('Hard'), minimum, maximum);
    if (hard !== -1 && (soft === -1 || soft > hard)) throw fields.malformed('Soft', 'is larger than Hard');
    fields.end();
    return { name, soft, hard };
  });
}
