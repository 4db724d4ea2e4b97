import { containerNetworksKnown } from '../../app/container-aliases.ts';
import { containerIntentSettle } from '../../app/container-intent.ts';
import { containerVanished } from '../../app/container-remove.ts';
import type { App } from '../../app/context.ts';
import { containerPortsRelease, containerPortsTake, containerPublishes } from '../../app/port-take.ts';
import type { ContainerRow } from '../../db/store/container.ts';
import { containerHold, containerLetGoIdle } from '../../db/store/container-share.ts';
import type { EngineContainerInspect } from '../../engine/inspect-types.ts';

const neverFinished = '0001-01-01';

/**
 * Brings a container's row in line with what its engine says of it: its share of the host, its networks, its end. May be started twice.
 * `autoRemove` is true when the container is to be removed now, which may take a while.
 */
export async function containerSettle(
  app: App,
  row: ContainerRow,
  document: EngineContainerInspect | null,
): Promise<{ autoRemove: boolean }> {
  if (row.state !== 'created') return { autoRemove: false };
  if (document === null) {
    app.log.warn('a container vanished from its engine', { container: row.id });
    await containerVanished(app, row);
    return { autoRemove: false };
  }
  const { State: state } = document;
  const alive = state.Running || state.Paused || state.Restarting;
  if (alive && !row.held && !(await containerHold(app.system, row.id, null)))
    app.log.warn('a running container does not fit its host', { container: row.id });
  if (!alive && row.held) await containerLetGoIdle(app.system, row.id, app.pace.processLostMs);
  // Whoever settles it next has to see that, before the database tells of it.
  if (alive !== row.held) app.directory.containers.changed(row.id);
  await portsSettle(app, row, alive);
  // Only where nobody works on it.
  if (!containerNetworksKnown(app, row, document)) await containerIntentSettle(app, { ...row, processId: null });
  const finished = !alive && !state.FinishedAt.startsWith(neverFinished);
  return { autoRemove: finished && row.spec.autoRemove };
}

/** A port that another took meanwhile stays there: the container runs without it, and its owner sees that in `docker ps`. */
async function portsSettle(app: App, row: ContainerRow, alive: boolean): Promise<void> {
  if (!containerPublishes(row)) return;
  const taken = app.directory.publicationsOf(row.id).some(({ state }) => state !== 'kept');
  if (!alive && taken) await containerPortsRelease(app, row);
  if (alive && !taken)
    await containerPortsTake(app, row).catch((error) =>
      app.log.warn('a running container is without its ports', { container: row.id, cause: String(error) }),
    );
}
