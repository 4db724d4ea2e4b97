import { buildUndo } from '../../app/build-work.ts';
import type { App } from '../../app/context.ts';
import { tenantScope } from '../../db/scope.ts';
import { buildsAbandoned } from '../../db/store/build.ts';

/** Takes back builds whose process is gone: their client never had an answer. Each waits for its host. */
export async function buildSettle(app: App): Promise<void> {
  for (const build of await buildsAbandoned(app.system, app.pace.processLostMs, app.processId)) {
    if (app.underWay.has(build.id) || !app.fleet.host(build.hostId)?.watch.live) continue;
    await buildUndo(app, tenantScope(app.db, build.tenantId), build).catch((error) =>
      app.log.warn('a build that was cut short could not be taken back yet', { build: build.id, cause: String(error) }),
    );
  }
}
