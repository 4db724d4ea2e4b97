import type { TenantScope } from '../db/scope.ts';
import type { VolumeRow } from '../db/store/volume.ts';
import { wishedOf } from '../db/store/wished.ts';
import { BerthError } from '../domain/errors.ts';
import type { PruneMatch } from './container-prune.ts';
import type { App } from './context.ts';
import { eventPruned, eventTell } from './event-tell.ts';
import { volumeRemove } from './volume-remove.ts';
import { volumeSizes } from './volume-sizes.ts';
import { volumeUses } from './volume-use.ts';

/** Docker's own mark of a volume that was made without a name. */
export const anonymousLabel = 'com.docker.volume.anonymous';

/**
 * Removes the tenant's volumes that no container has and no deployment or job names: those made without a name, or with `all` any.
 * Source: moby, volume/service/service.go Prune; since API 1.42 `all` must be said.
 */
export async function volumePrune(
  app: App,
  scope: TenantScope,
  { all, matches }: { all: boolean; matches: PruneMatch },
): Promise<{ removed: string[]; bytes: number }> {
  const wished = await wishedOf(scope);
  await app.directory.fresh();
  const volumes = app.directory.volumesOf(scope.tenantId);
  const uses = await volumeUses(app, scope, volumes);
  const unused = volumes.filter(
    (volume) => (all || anonymous(volume)) && uses.get(volume.id) === 0 && !wished.volumes.has(volume.name) && matches(volume),
  );
  const sizes = await volumeSizes(app, unused);
  const removed: string[] = [];
  let bytes = 0;
  for (const volume of unused) {
    try {
      await volumeRemove(app, scope, volume, { force: false });
      removed.push(volume.name);
      bytes += sizes.get(volume.id) ?? 0;
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
    }
  }
  await eventTell(app, scope, eventPruned('volume', bytes));
  return { removed, bytes };
}

function anonymous({ anonymous: unnamed, labels }: VolumeRow): boolean {
  return unnamed || Object.hasOwn(labels, anonymousLabel);
}
