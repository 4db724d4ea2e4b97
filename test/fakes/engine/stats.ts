import { type Container, containerFind } from './container.ts';
import { flag } from './filters.ts';
import type { Call, Reply, Route } from './http.ts';
import type { EngineState } from './state.ts';
import { rfc3339Nano, zeroTime } from './time.ts';

export const statsRoutes: Route[] = [{ method: 'GET', path: '/containers/{id}/stats', handle: statsCall }];

const intervalMs = 1000;
const blockCounters = ['io_service_bytes', 'io_serviced', 'io_queue', 'io_service_time', 'io_wait_time', 'io_merged', 'io_time', 'sectors'];
const nothingUsed = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};

function statsCall(engine: EngineState, call: Call): Reply {
  const container = containerFind(engine, call.params.id ?? '');
  const stream = call.query.get('stream') === null || flag(call.query.get('stream'));
  return {
    status: 200,
    contentType: 'application/json',
    stream(out) {
      let before: string | null = null;
      const send = () => {
        const document = statsDocument(engine, container, before);
        before = document.read;
        out.write(`${JSON.stringify(document)}\n`);
      };
      send();
      if (!stream) return void out.end();
      const timer = setInterval(send, intervalMs);
      container.removeWaiters.push(() => out.end());
      out.on('close', () => clearInterval(timer));
    },
  };
}

/** Steady figures: a small process that uses one per cent of a core. */
function statsDocument(engine: EngineState, container: Container, before: string | null) {
  const running = container.process !== null;
  const blkio_stats = Object.fromEntries(blockCounters.map((counter) => [`${counter}_recursive`, running ? [] : null]));
  const common = { blkio_stats, num_procs: 0, storage_stats: {} };
  const named = { name: `/${container.name}`, id: container.id };
  if (!running) {
    return {
      read: zeroTime,
      preread: zeroTime,
      pids_stats: {},
      ...common,
      cpu_stats: nothingUsed,
      precpu_stats: nothingUsed,
      memory_stats: {},
      ...named,
    };
  }
  const { cpus, memoryBytes } = engine.settings;
  const now = engine.clock.nanos();
  const cpuOf = (nanos: number) => ({
    ...nothingUsed,
    cpu_usage: { total_usage: nanos, percpu_usage: Array(cpus).fill(nanos / cpus), usage_in_kernelmode: 0, usage_in_usermode: nanos },
    system_cpu_usage: nanos * 100 * cpus,
    online_cpus: cpus,
  });
  const used = Math.round(Number(now - (container.startedAt ?? now)) / 100);
  const network = { rx_bytes: 0, rx_packets: 0, rx_errors: 0, rx_dropped: 0, tx_bytes: 0, tx_packets: 0, tx_errors: 0, tx_dropped: 0 };
  return {
    read: rfc3339Nano(now),
    preread: before ?? zeroTime,
    pids_stats: { current: 1 },
    ...common,
    cpu_stats: cpuOf(used),
    precpu_stats: before === null ? nothingUsed : cpuOf(Math.max(0, used - (intervalMs * 1e6) / 100)),
    memory_stats: {
      usage: 1_048_576,
      max_usage: 2_097_152,
      stats: { cache: 0, inactive_file: 0 },
      limit: container.hostConfig.Memory || memoryBytes,
    },
    ...named,
    networks: { eth0: network },
  };
}
