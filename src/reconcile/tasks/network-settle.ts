import { hostAnswers } from '../../app/container-host.ts';
import type { App } from '../../app/context.ts';
import { networkRemoveFinish } from '../../app/network-remove.ts';
import { tenantScope } from '../../db/scope.ts';
import { networksRemoving, realizationsOf } from '../../db/store/network.ts';

/** Finishes removals of networks that were cut short or met an unreachable host. */
export async function networkSettle(app: App): Promise<void> {
  for (const network of await networksRemoving(app.system)) {
    if ((await realizationsOf(app.system, network.id)).some(({ hostId }) => !hostAnswers(app, hostId))) continue;
    await networkRemoveFinish(app, tenantScope(app.db, network.tenantId), network).catch((error) =>
      app.log.warn('a network could not be removed yet', { network: network.id, cause: String(error) }),
    );
  }
}
