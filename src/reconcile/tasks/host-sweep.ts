import { containerRecord } from '../../app/container-record.ts';
import type { App } from '../../app/context.ts';
import { containerFates } from '../../db/store/container.ts';
import { labels } from '../../domain/labels.ts';
import { EngineError } from '../../engine/engine.ts';
import type { FleetHost } from '../../observe/fleet.ts';

/**
 * Removes from a host what a tombstone or an order to remove names: the late effect of a create that was given up. Everything else
 * that carries our label but has no row (a restored backup, another installation) is left running.
 * `found`: by the engine's id, the labels each carries. Returns how many of them are nobody's.
 */
export async function hostSweep(app: App, host: FleetHost, found: Map<string, Record<string, string>>): Promise<number> {
  const own = new Map<string, string>();
  for (const [engineId, carried] of found) {
    const id = carried[labels.container];
    if (id !== undefined && carried[labels.installation] === app.installation) own.set(id, engineId);
  }
  const fates = await containerFates(app.system, [...own.keys()]);
  for (const [id, engineId] of own) {
    if (fates.get(id) !== 'doomed') continue;
    app.log.info('removing what a tombstone names', { container: id, host: host.row.name });
    // One whose removal was asked for while its host was away leaves its record now.
    const [row] = app.directory.containers.get(id);
    if (row) await containerRecord(app, row);
    await host.watch.engine.json({ method: 'DELETE', path: `/containers/${engineId}`, query: { force: true, v: true } }).catch((error) => {
      if (!(error instanceof EngineError && error.status === 404)) throw error;
    });
    host.watch.forget(engineId);
  }
  return found.size - fates.size;
}
