import { tenantScope } from '../db/scope.ts';
import { containerLivingOf, containerRemoving, containersBury } from '../db/store/container.ts';
import { networkRemoving, networksOf } from '../db/store/network.ts';
import { tenantDeleteFinish } from '../db/store/tenant.ts';
import { volumeRemoving, volumesOf } from '../db/store/volume.ts';
import { containerRemoveFinish } from './container-remove.ts';
import type { App } from './context.ts';
import { networkRemoveFinish } from './network-remove.ts';
import { recordsRemoveOf } from './record-remove.ts';
import { volumeRemoveFinish } from './volume-remove.ts';

/** Removes what a tenant that is being deleted still has, and its row last. Throws while a host is away; started again until it is done. */
export async function tenantDeleteContinue(app: App, tenantId: string): Promise<void> {
  const scope = tenantScope(app.db, tenantId);
  for (const row of await containerLivingOf(scope)) {
    const removing =
      row.state === 'removing' ? row : await containerRemoving(scope, row.id, { removeVolumes: true, processId: app.processId });
    if (!removing) continue;
    await app.step('remove:intent');
    await containerRemoveFinish(app, scope, removing);
  }
  for (const volume of await volumesOf(scope)) {
    await volumeRemoving(scope, volume.id);
    await volumeRemoveFinish(app, scope, volume);
  }
  for (const network of await networksOf(scope)) {
    await networkRemoving(scope, network.id);
    await networkRemoveFinish(app, scope, network);
  }
  await recordsRemoveOf(app, scope);
  await containersBury(app.system, tenantId);
  await tenantDeleteFinish(scope);
}
