import { type TenantScope, tenantScope } from '../db/scope.ts';
import {
  type ContainerRow,
  containerEngineName,
  containerRemoved,
  containerRemoving,
  containerRemovingUndo,
} from '../db/store/container.ts';
import { groupUnbindEmpty } from '../db/store/network.ts';
import { publicationsRemove } from '../db/store/port.ts';
import { BerthError } from '../domain/errors.ts';
import { EngineError, EngineUnreachable, engineUnavailable } from '../engine/engine.ts';
import { containerEngine } from './container-host.ts';
import { containerRecord, containerRecordForget } from './container-record.ts';
import { containerScrub } from './container-scrub.ts';
import { containerSeen } from './container-seen.ts';
import { containerAnonymousVolumesGone } from './container-volumes.ts';
import { containerWork } from './container-work.ts';
import type { App } from './context.ts';
import { engineFailure } from './engine-failure.ts';
import { secretVolumesRemove } from './secret-files.ts';

/**
 * Removes a container. The intent frees its name at once, so a new one of that name can follow; the engine's confirmation makes it
 * a tombstone. On a host that cannot be reached `force` leaves the intent behind, to be carried out when the host is back.
 */
export async function containerRemove(
  app: App,
  scope: TenantScope,
  row: ContainerRow,
  options: { force: boolean; volumes: boolean },
): Promise<void> {
  const seen = await containerSeen(app, row);
  if (!options.force) {
    if (seen?.unknownSince) throw engineUnavailable(new Error('its state is unknown'));
    const state = seen?.document.State;
    if (state?.Running || state?.Paused) {
      const hint = state.Paused
        ? 'Unpause and then stop the container before attempting removal or force remove'
        : 'Stop the container before attempting removal or force remove';
      throw new BerthError('conflict', `You cannot remove a ${state.Paused ? 'paused' : 'running'} container ${row.engineId}. ${hint}`);
    }
  }
  await containerWork(app, row.id, () => removeNow(app, scope, row, options));
  await app.bus.barrier();
}

async function removeNow(app: App, scope: TenantScope, row: ContainerRow, options: { force: boolean; volumes: boolean }): Promise<void> {
  const removing = await containerRemoving(scope, row.id, { removeVolumes: options.volumes, processId: app.processId });
  if (!removing) throw new BerthError('conflict', `removal of container ${row.name} is already in progress`);
  app.directory.containers.apply(removing);
  await app.step('remove:intent');
  try {
    await engineRemove(app, removing);
  } catch (error) {
    if (error instanceof EngineUnreachable && options.force) {
      if (row.groupId !== null) await groupUnbindEmpty(scope, row.groupId);
      return;
    }
    if (error instanceof EngineError && (await containerRemovingUndo(scope, row.id, app.processId))) {
      app.directory.containers.changed(row.id);
      await containerRecordForget(app, row);
    }
    throw engineFailure(error, containerScrub(app, row));
  }
  // From here on it is gone, whatever is said of what it leaves behind.
  await removalEnd(app, scope, removing).catch((error) => leftToRounds(app, removing, error));
}

/** Carries out an intent to remove: engine first, tombstone last. May be started twice. Throws what the engine throws. */
export async function containerRemoveFinish(app: App, scope: TenantScope, row: ContainerRow): Promise<void> {
  await engineRemove(app, row);
  await removalEnd(app, scope, row);
}

async function engineRemove(app: App, row: ContainerRow): Promise<void> {
  await publicationsRemove(app.system, row.id);
  await containerRecord(app, row);
  try {
    await containerEngine(app, row).json({
      method: 'DELETE',
      path: `/containers/${row.engineId ?? containerEngineName(row.id)}`,
      query: { force: true, v: row.removeVolumes },
      deadlineMs: 60_000,
    });
  } catch (error) {
    if (!(error instanceof EngineError && (error.status === 404 || /already in progress/.test(error.message)))) throw error;
    if (error.status !== 404) await removalAwait(app, row);
  }
  await app.step('remove:engine');
}

/** What belonged to it goes before its row does: nobody would look for it afterwards. */
async function removalEnd(app: App, scope: TenantScope, row: ContainerRow): Promise<void> {
  await secretVolumesRemove(app, row);
  if (row.removeVolumes) await containerAnonymousVolumesGone(app, scope, row.hostId);
  if (row.groupId !== null) await groupUnbindEmpty(scope, row.groupId);
  await containerRemoved(app.system, row.id);
  app.directory.containers.changed(row.id);
  if (row.engineId !== null) app.fleet.host(row.hostId)?.watch.forget(row.engineId);
  await app.step('remove:done');
}

function leftToRounds(app: App, row: ContainerRow, error: unknown): void {
  app.log.warn('the rest of a removal is left to the rounds', { container: row.id, cause: String(error) });
}

/** Somebody else asked the engine to remove it a moment ago: its own wait tells when that is done. */
async function removalAwait(app: App, row: ContainerRow): Promise<void> {
  await containerEngine(app, row)
    .json({ method: 'POST', path: `/containers/${row.engineId}/wait`, query: { condition: 'removed' } })
    .catch((error) => {
      if (!(error instanceof EngineError && error.status === 404)) throw error;
    });
}

/** The end of a `--rm` container: removed with its anonymous volumes, unless it is being restarted. */
export function containerAutoRemove(app: App, row: ContainerRow): Promise<void> {
  return removeUnasked(app, row, { unlessKept: true });
}

/** The end of one that its engine has no more: its anonymous volumes may have gone with it. */
export function containerVanished(app: App, row: ContainerRow): Promise<void> {
  return removeUnasked(app, row, { unlessKept: false });
}

async function removeUnasked(app: App, row: ContainerRow, { unlessKept }: { unlessKept: boolean }): Promise<void> {
  const scope = tenantScope(app.db, row.tenantId);
  await containerWork(app, row.id, async () => {
    const removing = await containerRemoving(scope, row.id, { removeVolumes: true, processId: app.processId, unlessKept });
    if (!removing) return;
    app.directory.containers.apply(removing);
    await app.step('remove:intent');
    await containerRemoveFinish(app, scope, removing).catch((error) => leftToRounds(app, row, error));
  });
}
