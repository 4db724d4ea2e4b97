import type { TenantScope } from '../db/scope.ts';
import { networksNamed, wishedOf } from '../db/store/wished.ts';
import { BerthError } from '../domain/errors.ts';
import type { PruneMatch } from './container-prune.ts';
import type { App } from './context.ts';
import { eventPruned, eventTell } from './event-tell.ts';
import { builtinNetwork } from './network-find.ts';
import { networkRemove } from './network-remove.ts';

/** Removes the tenant's networks that no running container, and no deployment or job, is on. Returns their names. Source: moby, daemon/prune.go. */
export async function networkPrune(app: App, scope: TenantScope, matches: PruneMatch): Promise<string[]> {
  const wished = await wishedOf(scope);
  await app.directory.fresh();
  // Its engine knows nothing of one that is being made.
  const coming = [...app.directory.containersOf(scope.tenantId)].filter(({ state }) => state === 'creating');
  const needed = new Set([...wished.networks, ...coming.flatMap(({ spec }) => networksNamed(spec))]);
  const removed: string[] = [];
  for (const network of app.directory.networksOf(scope.tenantId)) {
    if (network.name === builtinNetwork || needed.has(network.name) || needed.has(network.id) || !matches(network)) continue;
    try {
      await networkRemove(app, scope, network);
      removed.push(network.name);
    } catch (error) {
      if (!(error instanceof BerthError)) throw error;
    }
  }
  await eventTell(app, scope, eventPruned('network', 0));
  return removed;
}
