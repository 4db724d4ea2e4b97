import type { TenantScope } from '../db/scope.ts';
import { type ContainerRow, containerRelease, containerRename as renameRow } from '../db/store/container.ts';
import { eventsAppend } from '../db/store/event.ts';
import { BerthError } from '../domain/errors.ts';
import { eventOwn } from '../domain/event.ts';
import { containerAliasesSettle } from './container-aliases.ts';
import { containerNameTaken } from './container-name-taken.ts';
import { containerScrub } from './container-scrub.ts';
import { containerTouched } from './container-seen.ts';
import { containerWork } from './container-work.ts';
import type { App } from './context.ts';
import { engineGuard } from './engine-failure.ts';

/**
 * Renames a container. The name is ours; on its networks it is an alias. Throws `conflict` when the name is taken.
 */
export async function containerRename(app: App, scope: TenantScope, row: ContainerRow & { engineId: string }, name: string): Promise<void> {
  if (name === row.name) throw new BerthError('malformed', 'Renaming a container with the same name as its current name');
  await containerWork(app, row.id, async () => {
    const renamed = await renameRow(scope, row.id, { name, processId: app.processId }).catch(async (error: unknown) => {
      throw renameRefused(await containerNameTaken(app, scope, name, error));
    });
    if (!renamed) throw new BerthError('not_found', `No such container: ${row.name}`);
    app.directory.containers.apply(renamed);
    await app.step('rename:intent');
    try {
      await engineGuard(containerScrub(app, row), () => containerAliasesSettle(app, scope, renamed));
    } finally {
      await containerTouched(app, row);
    }
    await containerRelease(app.system, row.id, app.processId);
    const attributes = { ...row.spec.labels, image: row.spec.image, name, oldName: `/${row.name}` };
    await eventsAppend(scope, [eventOwn({ type: 'container', action: 'rename', actorId: row.engineId, actorName: name, attributes })]);
  });
}

/** moby, daemon/rename.go. */
function renameRefused(error: unknown): unknown {
  if (!(error instanceof BerthError && error.code === 'conflict')) return error;
  return new BerthError('conflict', `Error when allocating new name: ${error.message}`, { cause: error });
}
