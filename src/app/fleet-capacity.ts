import type { App } from './context.ts';

/** What a tenant's `docker info` shows as its machine: the largest single host, since no container can have more. */
export function fleetCapacity(app: App): { cpus: number; memoryBytes: number; architecture: 'amd64' | 'arm64' } {
  const ready = app.fleet.hosts().filter(({ watch }) => watch.live);
  return {
    cpus: Math.max(0, ...ready.map(({ watch }) => watch.facts?.cpus ?? 0)),
    memoryBytes: Math.max(0, ...ready.map(({ watch }) => watch.facts?.memoryBytes ?? 0)),
    architecture: ready[0]?.watch.facts?.architecture === 'arm64' ? 'arm64' : 'amd64',
  };
}
