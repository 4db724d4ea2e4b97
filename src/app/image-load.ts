import type { TenantScope } from '../db/scope.ts';
import type { ProgressLine } from '../images/progress.ts';
import { importResultRead } from '../images/progress-import.ts';
import { containerEngine } from './container-host.ts';
import type { App } from './context.ts';
import { engineGuard } from './engine-failure.ts';
import { eventOfImage, eventTell } from './event-tell.ts';
import { imageAdopt } from './image-adopt.ts';
import { imageArchiveSend } from './image-archive-send.ts';
import { imageReferenceName } from './image-find.ts';
import { imageHostChoose } from './image-host.ts';
import { imageScrub } from './image-scrub.ts';

/** Loads an archive without its tags: they become the tenant's own, in our table, and nobody else's move. */
export async function imageLoad(
  app: App,
  scope: TenantScope,
  archive: AsyncIterable<Uint8Array>,
  quiet: boolean,
  signal: AbortSignal,
): Promise<AsyncIterable<ProgressLine>> {
  const hostId = await imageHostChoose(app, scope, null);
  const { lines, loaded } = await imageArchiveSend(app, hostId, archive, quiet, signal);
  return (async function* () {
    yield* lines;
    for (const { configDigest, references } of await loaded) {
      const names = references.length > 0 ? references : [configDigest];
      await imageAdopt(
        app,
        scope,
        hostId,
        configDigest,
        references.map((text) => ({ name: imageReferenceName(text), kind: 'tag' as const })),
      );
      await eventTell(app, scope, ...names.map((name) => eventOfImage('load', configDigest, name)));
    }
    await app.bus.barrier();
  })();
}

/** Makes an image of a root file system. `name` null: it stays without a name. Returns its id. */
export async function imageImport(
  app: App,
  scope: TenantScope,
  source: AsyncIterable<Uint8Array>,
  options: { name: string | null; message: string; changes: string[] },
  signal: AbortSignal,
): Promise<string> {
  const hostId = await imageHostChoose(app, scope, null);
  const { body } = await engineGuard(imageScrub, () =>
    containerEngine(app, { hostId }).stream({
      method: 'POST',
      path: '/images/create',
      query: { fromSrc: '-', message: options.message || undefined, changes: options.changes },
      stream: source,
      signal,
      deadlineMs: 0,
    }),
  );
  const id = await importResultRead(body, imageScrub);
  await imageAdopt(app, scope, hostId, id, options.name === null ? [] : [{ name: options.name, kind: 'tag' }]);
  await eventTell(app, scope, eventOfImage('import', id, id));
  await app.bus.barrier();
  return id;
}
