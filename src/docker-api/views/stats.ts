import type { EngineBlkioEntry, EngineCpuStats, EngineStats } from '../../engine/inspect-types.ts';

/**
 * One sample of `GET /containers/{id}/stats`, field by field. `system_cpu_usage` and `online_cpus` are the host's and stay: every
 * client computes CPU % from them. The numbers of block devices are the host's and go.
 */
export function statsView(engine: EngineStats, own: { engineId: string; name: string }): object {
  return {
    read: engine.read,
    preread: engine.preread,
    pids_stats: pick(engine.pids_stats, ['current', 'limit']),
    blkio_stats: Object.fromEntries(blkioLists.map((name) => [name, entries(engine.blkio_stats?.[name])])),
    num_procs: 0,
    storage_stats: {},
    cpu_stats: cpuStats(engine.cpu_stats),
    precpu_stats: cpuStats(engine.precpu_stats),
    memory_stats: {
      ...pick(engine.memory_stats, ['usage', 'max_usage', 'failcnt', 'limit']),
      ...(engine.memory_stats?.stats && { stats: memoryCounters(engine.memory_stats.stats) }),
    },
    name: `/${own.name}`,
    id: own.engineId,
    ...(engine.networks && { networks: networks(engine.networks) }),
  };
}

const blkioLists = [
  'io_service_bytes_recursive',
  'io_serviced_recursive',
  'io_queue_recursive',
  'io_service_time_recursive',
  'io_wait_time_recursive',
  'io_merged_recursive',
  'io_time_recursive',
  'sectors_recursive',
] as const;

/** null on cgroup v2 for what it does not count. */
function entries(list: EngineBlkioEntry[] | null | undefined): object[] | null {
  return list?.map(({ op, value }) => ({ major: 0, minor: 0, op, value })) ?? null;
}

function cpuStats(stats: EngineCpuStats = {}): object {
  const { cpu_usage: usage = {} } = stats;
  return {
    cpu_usage: {
      total_usage: usage.total_usage ?? 0,
      ...(usage.percpu_usage && { percpu_usage: usage.percpu_usage }),
      usage_in_kernelmode: usage.usage_in_kernelmode ?? 0,
      usage_in_usermode: usage.usage_in_usermode ?? 0,
    },
    ...pick(stats, ['system_cpu_usage', 'online_cpus']),
    throttling_data: {
      periods: stats.throttling_data?.periods ?? 0,
      throttled_periods: stats.throttling_data?.throttled_periods ?? 0,
      throttled_time: stats.throttling_data?.throttled_time ?? 0,
    },
  };
}

/** Counters of the container's own cgroup; their names differ by kernel, so the form of a name is what is checked. */
function memoryCounters(stats: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(stats).filter(([name, value]) => /^[a-z0-9_]{1,64}$/.test(name) && typeof value === 'number'));
}

const networkCounters = ['rx_bytes', 'rx_packets', 'rx_errors', 'rx_dropped', 'tx_bytes', 'tx_packets', 'tx_errors', 'tx_dropped'] as const;

/** `eth0`: the container's own interfaces. */
function networks(byInterface: Record<string, Record<string, number | string>>): Record<string, object> {
  return Object.fromEntries(Object.entries(byInterface).map(([name, counters]) => [name, pick(counters, networkCounters)]));
}

function pick<K extends string>(object: { [key in K]?: unknown } | undefined, keys: readonly K[]): object {
  return Object.fromEntries(keys.filter((key) => object?.[key] !== undefined).map((key) => [key, object?.[key]]));
}
