import type { TenantScope } from '../db/scope.ts';
import { groupEnsure } from '../db/store/network.ts';
import { tenantDiskRequire } from '../db/store/quota.ts';
import { BerthError } from '../domain/errors.ts';
import { place } from '../scheduler/place.ts';
import type { HostSnapshot } from '../scheduler/types.ts';
import { fleetSnapshot, placementRefused } from './container-place.ts';
import type { App } from './context.ts';

/**
 * Where a new image of a tenant goes first: where its next container would, so that most need no second copy. Throws `refused` when the tenant
 * has more on disk than its quota, `unavailable` when no host takes it.
 */
export async function imageHostChoose(app: App, scope: TenantScope, architecture: string | null): Promise<string> {
  await tenantDiskRequire(scope);
  const group = await groupEnsure(scope, '');
  const hosts = await fleetSnapshot(app, null);
  const request = { tenantId: scope.tenantId, memoryBytes: 0, nanoCpus: 0, isolation: 'shared' as const, architecture };
  const choose = (candidates: HostSnapshot[]) => place(candidates, { ...request, pinnedTo: [] }, app.strategy);
  const bound = choose(hosts.filter((host) => host.id === group.hostId));
  const placement = 'hostId' in bound ? bound : choose(hosts);
  if ('hostId' in placement) return placement.hostId;
  throw placementRefused(placement.reasons, hosts.length);
}

/** A host in reach that holds an image; the image is brought to none. */
export function imageHolderMissing(): BerthError {
  return new BerthError('unavailable', 'No reachable host has this image at the moment. Pull or load it again.');
}
