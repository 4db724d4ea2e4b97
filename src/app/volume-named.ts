import type { TenantScope } from '../db/scope.ts';
import { type VolumeRow, volumeEnsure } from '../db/store/volume.ts';
import { BerthError } from '../domain/errors.ts';
import type { App } from './context.ts';
import { eventOfVolume, eventTell } from './event-tell.ts';
import { placementGroup } from './placement-group.ts';

export function volumeFind(app: App, scope: TenantScope, name: string): VolumeRow {
  const found = app.directory.volumesOf(scope.tenantId).find((row) => row.name === name);
  if (found) return found;
  throw new BerthError('not_found', `get ${name}: no such volume`);
}

/** The tenant's volume of that name, made if there is none. It lives with the group of whoever names it first. */
export async function volumeNamed(
  app: App,
  scope: TenantScope,
  name: string,
  groupLabels: Record<string, string>,
  labels: Record<string, string> = {},
): Promise<VolumeRow> {
  const known = app.directory.volumesOf(scope.tenantId).find((row) => row.name === name);
  if (known) return known;
  const id = crypto.randomUUID();
  const group = await placementGroup(scope, groupLabels);
  const row = await volumeEnsure(scope, { id, name, engineName: `berth-${id}`, groupId: group.id, anonymous: false, labels });
  app.directory.volumes.apply(row);
  if (row.id === id) await eventTell(app, scope, eventOfVolume('create', name));
  return row;
}
