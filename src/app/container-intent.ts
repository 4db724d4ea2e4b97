import { type TenantScope, tenantScope } from '../db/scope.ts';
import { type ContainerRow, containerRelease, containerRemoving, containerTakeOver } from '../db/store/container.ts';
import { EngineUnreachable } from '../engine/engine.ts';
import { containerAliasesSettle } from './container-aliases.ts';
import { containerEndpointsSettle } from './container-endpoints.ts';
import { containerRemoveFinish } from './container-remove.ts';
import { containerTouched } from './container-seen.ts';
import { containerUpdateSettle } from './container-update.ts';
import { containerWork } from './container-work.ts';
import type { App } from './context.ts';

/** Takes back a create that failed: its name is free at once, and what the engine has made of it goes now, or when it can be reached again. */
export async function containerCreateUndo(app: App, scope: TenantScope, row: ContainerRow, cause: unknown): Promise<void> {
  try {
    const removing = await createWithdraw(app, scope, row);
    // Without a row to withdraw another process took ours for dead and buried it: the engine may have it all the same.
    if (!(cause instanceof EngineUnreachable)) await containerRemoveFinish(app, scope, removing ?? { ...row, removeVolumes: true });
  } catch (error) {
    app.log.warn('a failed create is left to the rounds', { container: row.id, cause: String(error) });
  }
}

async function createWithdraw(app: App, scope: TenantScope, row: ContainerRow): Promise<ContainerRow | undefined> {
  const removing = await containerRemoving(scope, row.id, { removeVolumes: true, processId: app.processId });
  app.directory.containers.changed(row.id);
  return removing;
}

/**
 * Finishes work that nobody does any more, if that is still so. A create is undone, since whoever asked for it never got an answer; a
 * removal goes on; of a change of networks the engine follows the row, of a rename the aliases follow, of an update the limits, and what a
 * start had taken is given back by whoever looks at the container next.
 */
export async function containerIntentSettle(app: App, found: ContainerRow): Promise<void> {
  const scope = tenantScope(app.db, found.tenantId);
  await containerWork(app, found.id, async () => {
    const row = await containerTakeOver(app.system, found, app.processId);
    if (!row) return;
    if (row.state === 'created') {
      await containerAliasesSettle(app, scope, await containerEndpointsSettle(app, scope, row));
      await containerUpdateSettle(app, row);
      await containerRelease(app.system, row.id, app.processId);
      await containerTouched(app, row);
    } else {
      const removing = row.state === 'creating' ? await createWithdraw(app, scope, row) : row;
      if (removing) await containerRemoveFinish(app, scope, removing);
    }
    app.log.info('finished what was cut short', { container: row.id, state: row.state });
  });
}
