import type { TenantScope } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import { volumeEnsure, volumeRemoved, volumeRemoving, volumesOf } from '../db/store/volume.ts';
import type { EngineContainerInspect } from '../engine/inspect-types.ts';
import { hostEngine } from './container-host.ts';
import type { App } from './context.ts';
import { eventOfVolume, eventTell } from './event-tell.ts';
import { secretVolumeIs } from './secret-files.ts';

/** Records the volumes that an engine made up for a new container, so that they are the tenant's own from the first moment. */
export async function containerAnonymousVolumes(app: App, scope: TenantScope, row: ContainerRow, imageDocument: unknown): Promise<void> {
  const imageVolumes = (imageDocument as { Config?: { Volumes?: Record<string, unknown> | null } } | null)?.Config?.Volumes ?? {};
  const asked = row.spec.mounts.some((mount) => mount.type === 'volume' && mount.source === null);
  if (!asked && Object.keys(imageVolumes).length === 0) return;
  const document = await hostEngine(app, row.hostId).json<EngineContainerInspect>({
    method: 'GET',
    path: `/containers/${row.engineId}/json`,
  });
  const known = new Set(app.directory.volumesOf(scope.tenantId).map((volume) => volume.engineName));
  for (const mount of document.Mounts ?? []) {
    const name = mount.Name;
    if (mount.Type !== 'volume' || !name || known.has(name) || secretVolumeIs(name)) continue;
    const volume = await volumeEnsure(scope, {
      id: crypto.randomUUID(),
      name,
      engineName: name,
      groupId: row.groupId,
      hostId: row.hostId,
      anonymous: true,
      labels: {},
    });
    app.directory.volumes.apply(volume);
    await eventTell(app, scope, eventOfVolume('create', name));
  }
}

/** After a container went with its anonymous volumes: rows go whose volume their engine has no more. */
export async function containerAnonymousVolumesGone(app: App, scope: TenantScope, hostId: string): Promise<void> {
  const own = (await volumesOf(scope)).filter((volume) => volume.anonymous && volume.hostId === hostId);
  if (own.length === 0) return;
  const found = await hostEngine(app, hostId).json<{ Volumes: { Name: string }[] | null }>({ method: 'GET', path: '/volumes' });
  const present = new Set((found.Volumes ?? []).map(({ Name }) => Name));
  for (const volume of own) {
    if (present.has(volume.engineName)) continue;
    await volumeRemoving(scope, volume.id);
    await volumeRemoved(scope, volume.id);
    app.directory.volumes.changed(volume.id);
    await eventTell(app, scope, eventOfVolume('destroy', volume.name));
  }
}
