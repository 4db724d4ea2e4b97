import type { TenantScope } from '../db/scope.ts';
import { hostList, hostPending, hostWalled } from '../db/store/host.ts';
import { imageHosts } from '../db/store/image.ts';
import { BerthError } from '../domain/errors.ts';
import { place } from '../scheduler/place.ts';
import type { HostSnapshot, PlacementRequest } from '../scheduler/types.ts';
import type { App } from './context.ts';

/** Chooses a host from the fleet as it is now. Throws `unavailable` with the reasons; numbers and host names only in `detail`. */
export async function containerPlace(
  app: App,
  scope: TenantScope,
  request: Omit<PlacementRequest, 'tenantId'>,
  imageId: string,
): Promise<string> {
  const hosts = await fleetSnapshot(app, imageId);
  const placement = place(hosts, { ...request, tenantId: scope.tenantId }, app.strategy);
  if ('hostId' in placement) return placement.hostId;
  throw placementRefused(placement.reasons, hosts.length);
}

export async function fleetSnapshot(app: App, imageId: string | null): Promise<HostSnapshot[]> {
  const [rows, pending, holders] = await Promise.all([
    hostList(app.system),
    hostPending(app.system),
    imageId ? imageHosts(app.system, imageId) : ([] as string[]),
  ]);
  return rows.map((row) => {
    const soon = pending.get(row.id);
    return {
      ...row,
      // A watch notices sooner than the row is written.
      state: row.state === 'ready' && !app.fleet.host(row.id)?.watch.live ? 'unreachable' : row.state,
      takenMemoryBytes: row.reservedMemoryBytes + (soon?.memoryBytes ?? 0),
      takenNanoCpus: row.reservedNanoCpus + (soon?.nanoCpus ?? 0),
      containers: soon?.containers ?? 0,
      hasImage: holders.includes(row.id),
      walled: hostWalled(row),
    };
  });
}

export function placementRefused(reasons: Map<string, string[]>, hosts: number): BerthError {
  if (hosts === 0) return new BerthError('unavailable', 'There is no host in the fleet yet. An operator adds one with: berth hosts add');
  const words = [...reasons.keys()].join('; ');
  const detail = [...reasons].map(([reason, names]) => `${names.length} of ${hosts} ${reason} (${names.join(', ')})`).join('; ');
  return new BerthError('unavailable', `No host can take this container: every host is ${words}.`, { detail });
}
