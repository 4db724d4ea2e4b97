import { hostAnswers } from '../../app/container-host.ts';
import type { App } from '../../app/context.ts';
import { volumeRemoveFinish } from '../../app/volume-remove.ts';
import { tenantScope } from '../../db/scope.ts';
import { volumesRemoving } from '../../db/store/volume.ts';

/** Finishes removals of volumes that were cut short or met an unreachable host. */
export async function volumeSettle(app: App): Promise<void> {
  for (const volume of await volumesRemoving(app.system)) {
    if (volume.hostId !== null && !hostAnswers(app, volume.hostId)) continue;
    await volumeRemoveFinish(app, tenantScope(app.db, volume.tenantId), volume).catch((error) =>
      app.log.warn('a volume could not be removed yet', { volume: volume.id, cause: String(error) }),
    );
  }
}
