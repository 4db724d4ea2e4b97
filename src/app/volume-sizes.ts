import type { VolumeRow } from '../db/store/volume.ts';
import type { App } from './context.ts';
import { engineDisk } from './engine-disk.ts';

/** Bytes by the id of each volume; one that is on no host yet has 0, one whose host does not answer is left out. */
export async function volumeSizes(app: App, volumes: readonly VolumeRow[]): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  await Promise.all(
    [...Map.groupBy(volumes, ({ hostId }) => hostId)].map(async ([hostId, own]) => {
      const measured = hostId === null ? new Map<string, number>() : await hostVolumes(app, hostId).catch(() => null);
      if (measured) for (const { id, engineName } of own) sizes.set(id, measured.get(engineName) ?? 0);
    }),
  );
  return sizes;
}

/** By the engine's name; null while the host is away. */
async function hostVolumes(app: App, hostId: string): Promise<Map<string, number> | null> {
  const watch = app.fleet.host(hostId)?.watch;
  if (!watch?.live) return null;
  const { Volumes } = await engineDisk(watch.engine, 'volumes');
  return new Map((Volumes ?? []).map(({ Name, UsageData }) => [Name, Math.max(0, UsageData?.Size ?? 0)]));
}
