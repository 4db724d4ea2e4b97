import type { TenantScope } from '../db/scope.ts';
import { groupUnbindEmpty } from '../db/store/network.ts';
import { type VolumeRow, volumeRemoved, volumeRemoving } from '../db/store/volume.ts';
import { volumesNamed } from '../db/store/wished.ts';
import { BerthError } from '../domain/errors.ts';
import { EngineError, EngineUnreachable, engineUnavailable } from '../engine/engine.ts';
import { hostAnswers, hostEngine } from './container-host.ts';
import { containersSeen } from './container-seen.ts';
import type { App } from './context.ts';
import { engineFailure } from './engine-failure.ts';
import { eventOfVolume, eventTell } from './event-tell.ts';

/**
 * Removes a volume that no container of the tenant uses. On a host that cannot be reached `force` frees its name at once, and the volume
 * goes when the host is back. Throws `conflict` while a container uses it, `unavailable` while its host does not answer.
 */
export async function volumeRemove(app: App, scope: TenantScope, volume: VolumeRow, { force }: { force: boolean }): Promise<void> {
  const users = (await containersSeen(app, scope)).filter(({ document }) =>
    document.Mounts?.some((mount) => mount.Name === volume.engineName),
  );
  if (users.length > 0 || isWanted(app, scope, volume))
    throw inUse(
      volume,
      users.map(({ row }) => row.engineId),
    );
  if (!force && volume.hostId !== null && !hostAnswers(app, volume.hostId)) throw unconfirmed(volume);
  await volumeRemoving(scope, volume.id);
  app.directory.volumes.apply({ ...volume, state: 'removing' });
  try {
    await volumeRemoveFinish(app, scope, volume);
  } catch (error) {
    if (error instanceof EngineUnreachable && !force) throw engineUnavailable(error);
    // A container that is being removed still holds it. The name is free and the removal certain; its row is the tombstone, and the rounds finish it.
    if (!(error instanceof EngineUnreachable || (error instanceof EngineError && error.status === 409)))
      throw engineFailure(error, () => 'the volume could not be removed from its host');
    if (volume.groupId !== null) await groupUnbindEmpty(scope, volume.groupId);
  }
  await eventTell(app, scope, eventOfVolume('destroy', volume.name));
  await app.bus.barrier();
}

/** Carries out an intent to remove a volume. May be started twice. */
export async function volumeRemoveFinish(app: App, scope: TenantScope, volume: VolumeRow): Promise<void> {
  if (volume.hostId !== null) {
    try {
      await hostEngine(app, volume.hostId).json({ method: 'DELETE', path: `/volumes/${volume.engineName}`, query: { force: true } });
    } catch (error) {
      if (!(error instanceof EngineError && error.status === 404)) throw error;
    }
  }
  if (volume.groupId !== null) await groupUnbindEmpty(scope, volume.groupId);
  await volumeRemoved(scope, volume.id);
}

/** By a container that is being made and has no document yet. */
function isWanted(app: App, scope: TenantScope, volume: VolumeRow): boolean {
  return [...app.directory.containersOf(scope.tenantId)].some(
    (row) => row.state === 'creating' && volumesNamed(row.spec).includes(volume.name),
  );
}

function unconfirmed({ name }: VolumeRow): BerthError {
  return new BerthError(
    'unavailable',
    `remove ${name}: the host of this volume cannot be reached at the moment. Try again; or remove it with --force: its name is free then, and the volume goes when the host is back.`,
  );
}

function inUse(volume: VolumeRow, engineIds: string[]): BerthError {
  return new BerthError('conflict', `remove ${volume.name}: volume is in use - [${engineIds.join(', ')}]`);
}
