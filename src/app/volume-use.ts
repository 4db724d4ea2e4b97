import type { TenantScope } from '../db/scope.ts';
import type { VolumeRow } from '../db/store/volume.ts';
import { volumesNamed } from '../db/store/wished.ts';
import { containersSeen } from './container-seen.ts';
import type { App } from './context.ts';

/** By the id of each of the tenant's volumes: how many containers have it, those that are being made included. */
export async function volumeUses(app: App, scope: TenantScope, volumes: readonly VolumeRow[]): Promise<Map<string, number>> {
  const mounts = (await containersSeen(app, scope)).map(({ document }) => new Set((document.Mounts ?? []).map(({ Name }) => Name)));
  const coming = [...app.directory.containersOf(scope.tenantId)]
    .filter(({ state }) => state === 'creating')
    .map(({ spec }) => new Set(volumesNamed(spec)));
  return new Map(
    volumes.map(({ id, name, engineName }) => [
      id,
      mounts.filter((of) => of.has(engineName)).length + coming.filter((of) => of.has(name)).length,
    ]),
  );
}
