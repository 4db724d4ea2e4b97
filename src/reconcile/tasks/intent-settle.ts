import { containerIntentSettle } from '../../app/container-intent.ts';
import type { App } from '../../app/context.ts';
import { type ContainerRow, containerAbandoned, containerWorkOf } from '../../db/store/container.ts';
import type { FleetHost } from '../../observe/fleet.ts';

/** Finishes what dead processes began with the containers of a host. */
export async function intentSettle(app: App, host: FleetHost): Promise<void> {
  await settleEach(app, await containerAbandoned(app.system, host.row.id, app.pace.processLostMs));
}

/** Finishes what this process began and lost hold of: the host or the database was away when it was to end. */
export async function ownIntentSettle(app: App): Promise<void> {
  await settleEach(app, await containerWorkOf(app.system, app.processId));
}

/** One that fails does not hold up the others; a removal on a host that is away waits for it. */
async function settleEach(app: App, rows: ContainerRow[]): Promise<void> {
  for (const row of rows) {
    if (app.underWay.has(row.id) || (row.state !== 'creating' && !app.fleet.host(row.hostId)?.watch.live)) continue;
    await containerIntentSettle(app, row).catch((error) =>
      app.log.warn('what was cut short could not be finished yet', { container: row.id, cause: String(error) }),
    );
  }
}
