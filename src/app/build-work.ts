import type { TenantScope } from '../db/scope.ts';
import { buildContainers, buildDelete, buildInsert } from '../db/store/build.ts';
import type { ContainerRow } from '../db/store/container.ts';
import { containerRemoving } from '../db/store/container.ts';
import { labels } from '../domain/labels.ts';
import type { EngineImageInspect } from '../engine/inspect-types.ts';
import { hostEngine } from './container-host.ts';
import { containerRemoveFinish } from './container-remove.ts';
import { containerScrub } from './container-scrub.ts';
import type { App } from './context.ts';
import { engineGuard } from './engine-failure.ts';
import { engineImageRemove } from './image-make.ts';

/** A build or commit under way on one host; its row says what to clean up when this process dies. */
export interface BuildWork {
  id: string;
  hostId: string;
}

export async function buildWorkBegin(app: App, scope: TenantScope, hostId: string): Promise<BuildWork> {
  const id = crypto.randomUUID();
  app.underWay.add(id);
  await buildInsert(scope, { id, hostId, processId: app.processId });
  return { id, hostId };
}

/** It is over: the containers of its steps that are still there are the tenant's from now on. */
export async function buildWorkEnd(app: App, scope: TenantScope, work: BuildWork): Promise<void> {
  await buildDelete(scope, work.id);
  app.underWay.delete(work.id);
}

/** Takes back what a build had made that nobody finishes. May be started twice. */
export async function buildUndo(app: App, scope: TenantScope, work: BuildWork): Promise<void> {
  await buildContainersRemove(app, scope, work.id);
  const filters = JSON.stringify({ label: [`${labels.build}=${work.id}`] });
  const found = await hostEngine(app, work.hostId).json<{ Id: string }[]>({
    method: 'GET',
    path: '/images/json',
    query: { all: true, filters },
  });
  for (const { Id } of found) await engineImageRemove(app, work.hostId, Id);
  await buildDelete(scope, work.id);
}

async function buildContainersRemove(app: App, scope: TenantScope, buildId: string): Promise<void> {
  for (const row of await buildContainers(scope, buildId)) {
    const removing =
      row.state === 'removing' ? row : await containerRemoving(scope, row.id, { removeVolumes: true, processId: app.processId });
    if (!removing) continue;
    app.directory.containers.apply(removing);
    await containerRemoveFinish(app, scope, removing);
  }
}

export interface Layer {
  diffId: string;
  bytes: number;
}

/**
 * The layer that a container has become, as an engine commits it. `use` gets its digest and size, or null when the container changed nothing,
 * while the engine holds it; the image that the commit made goes afterwards.
 */
export async function layerCommit<T>(
  app: App,
  work: BuildWork,
  row: ContainerRow & { engineId: string },
  { below, pause, untold }: { below: number; pause: boolean; untold: boolean },
  use: (layer: Layer | null) => Promise<T>,
): Promise<T> {
  const engine = hostEngine(app, work.hostId);
  const { Id } = await engineGuard(containerScrub(app, row), () =>
    engine.json<{ Id: string }>({
      method: 'POST',
      path: '/commit',
      query: { container: row.engineId, pause, comment: untold ? labels.untold : undefined },
      json: { Labels: { [labels.build]: work.id } },
      deadlineMs: 0,
    }),
  );
  try {
    await app.step('build:committed');
    const inspect = (id: string) => engine.json<EngineImageInspect>({ method: 'GET', path: `/images/${id}/json` });
    const made = await inspect(Id);
    const diffId = made.RootFS.Layers?.[below];
    return await use(diffId === undefined ? null : { diffId, bytes: made.Size - (await inspect(row.imageId)).Size });
  } finally {
    await engineImageRemove(app, work.hostId, Id).catch((error) =>
      app.log.warn('what a commit made is left to the rounds', { build: work.id, cause: String(error) }),
    );
  }
}
