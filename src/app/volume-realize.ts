import type { TenantScope } from '../db/scope.ts';
import { type VolumeRow, volumePlaced } from '../db/store/volume.ts';
import { labels } from '../domain/labels.ts';
import { hostEngine } from './container-host.ts';
import type { App } from './context.ts';

/** Makes a volume exist on a host, and binds it there. An engine's create is get-or-create, so doing it twice is fine. */
export async function volumeRealize(app: App, scope: TenantScope, volume: VolumeRow, hostId: string): Promise<void> {
  if (volume.hostId === hostId) return;
  await volumePlaced(scope, volume.id, hostId);
  await hostEngine(app, hostId).json({
    method: 'POST',
    path: '/volumes/create',
    json: {
      Name: volume.engineName,
      Driver: 'local',
      Labels: { [labels.installation]: app.installation, [labels.tenant]: scope.tenantId, [labels.volume]: volume.id },
    },
  });
  app.directory.volumes.apply({ ...volume, hostId });
}
