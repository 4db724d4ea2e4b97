import type { Engine } from './engine.ts';

/** What we read of GET /version and GET /info of an engine. */
export interface EngineFacts {
  version: string;
  apiVersion: string;
  architecture: string;
  cpus: number;
  memoryBytes: number;
  runtimes: string[];
  /** The engine's own clock when it was asked, so that its other times can be told to be before or after. */
  clock: Date;
}

const ourMaximum = '1.47';

/** Asks the engine what it is and settles the API version all later calls use: its own, at most the newest we know. */
export async function engineFactsRead(engine: Engine, signal?: AbortSignal): Promise<EngineFacts> {
  const deadlineMs = 5_000;
  const version = await engine.json<{ Version: string; ApiVersion: string; Arch: string }>({
    method: 'GET',
    path: '/version',
    versioned: false,
    probe: true,
    signal,
    deadlineMs,
  });
  engine.apiVersion = versionLower(version.ApiVersion, ourMaximum);
  const info = await engine.json<{ NCPU: number; MemTotal: number; SystemTime: string; Runtimes?: Record<string, unknown> }>({
    method: 'GET',
    path: '/info',
    probe: true,
    signal,
    deadlineMs,
  });
  return {
    version: version.Version,
    apiVersion: engine.apiVersion,
    architecture: version.Arch,
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    runtimes: Object.keys(info.Runtimes ?? {}),
    clock: new Date(info.SystemTime),
  };
}

function versionLower(a: string, b: string): string {
  const [aMajor = 0, aMinor = 0] = a.split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = b.split('.').map(Number);
  return aMajor < bMajor || (aMajor === bMajor && aMinor < bMinor) ? a : b;
}
