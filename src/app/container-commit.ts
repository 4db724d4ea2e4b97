import type { TenantScope } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import { imageGrantAdd, imageReferenceSet } from '../db/store/image.ts';
import { changesApply } from '../dockerfile/changes.ts';
import { BerthError } from '../domain/errors.ts';
import type { ImageRunConfig } from '../domain/image-config.ts';
import { labelPrefix, labels } from '../domain/labels.ts';
import type { EngineContainerInspect, EngineImageInspect } from '../engine/inspect-types.ts';
import { draftChild } from '../images/image-draft.ts';
import { imageReferenceParse } from '../policy/image-reference.ts';
import { buildWorkBegin, buildWorkEnd, layerCommit } from './build-work.ts';
import { hostEngine } from './container-host.ts';
import { containerTouched } from './container-seen.ts';
import type { App } from './context.ts';
import { eventOfImage, eventTell } from './event-tell.ts';
import { imageNameShown, imageReferenceName } from './image-find.ts';
import { draftOf, imageMake } from './image-make.ts';
import { secretVolumeIs } from './secret-files.ts';

export interface CommitRequest {
  /** `repository[:tag]`, or null for an image without a name. */
  name: string | null;
  comment: string;
  author: string;
  pause: boolean;
  changes: string[];
  /** null: the container's, which changes then add to. */
  config: ImageRunConfig | null;
}

/**
 * Makes an image of a container: the engine makes the layer, Berth the config, from what the tenant sees of the container. Returns the
 * image's id. Throws `refused` for a container with secrets, since they would be in the image. Source: moby daemon/commit.go.
 */
export async function containerCommit(
  app: App,
  scope: TenantScope,
  row: ContainerRow & { engineId: string },
  request: CommitRequest,
): Promise<string> {
  if (request.name !== null && imageReferenceParse(request.name).digest !== null)
    throw new BerthError('malformed', 'refusing to create a tag with a digest reference');
  const engine = hostEngine(app, row.hostId);
  const document = await engine.json<EngineContainerInspect>({ method: 'GET', path: `/containers/${row.engineId}/json` });
  secretsRefuse(document);
  const changed = changesApply(request.config ?? { Env: document.Config.Env ?? [] }, request.changes);
  const config = configMerge(changed, document.Config);
  const image = await engine.json<EngineImageInspect>({ method: 'GET', path: `/images/${row.imageId}/json` });
  const parent = await draftOf(app, { id: row.imageId, document: image });
  const work = await buildWorkBegin(app, scope, row.hostId);
  try {
    const made = await layerCommit(app, work, row, { below: parent.diffIds.length, pause: request.pause, untold: false }, (layer) =>
      imageMake(
        app,
        row.hostId,
        draftChild(parent, {
          ...{ author: request.author, comment: request.comment, created: new Date().toISOString(), config, diffId: layer?.diffId ?? null },
          createdBy: (document.Config.Cmd ?? []).join(' '),
        }),
      ),
    );
    await imageGrantAdd(scope, made.id);
    if (request.name !== null) {
      await imageReferenceSet(scope, imageReferenceName(request.name), 'tag', made.id);
      await eventTell(app, scope, eventOfImage('tag', made.id, imageNameShown(request.name), { Config: config }));
    }
    return made.id;
  } finally {
    await buildWorkEnd(app, scope, work);
    if (request.pause) await containerTouched(app, row);
    await app.bus.barrier();
  }
}

function secretsRefuse({ Config, Mounts }: EngineContainerInspect): void {
  const held = Config.Labels?.[labels.secretEnv] !== undefined || Mounts?.some(({ Name }) => Name !== undefined && secretVolumeIs(Name));
  if (held)
    throw new BerthError(
      'refused',
      'This container was given secrets, which its image would show to whoever has it. Commit one without secrets, or build the image from a Dockerfile.',
    );
}

/** What the changes leave open is the container's. Ours is left out. */
function configMerge(changed: ImageRunConfig, container: ImageRunConfig): ImageRunConfig {
  const own = Object.entries(container.Labels ?? {}).filter(([key]) => !key.startsWith(labelPrefix));
  const names = new Set(changed.Env?.map((line) => line.split('=', 1)[0]));
  const entrypoint = changed.Entrypoint?.length ? changed.Entrypoint : null;
  const health = { ...container.Healthcheck, ...setOf(changed.Healthcheck ?? {}) };
  return {
    ...changed,
    User: changed.User || (container.User ?? ''),
    ExposedPorts: { ...container.ExposedPorts, ...changed.ExposedPorts },
    Env: [...(changed.Env ?? []), ...(container.Env ?? []).filter((line) => !names.has(line.split('=', 1)[0]))],
    Labels: Object.fromEntries([...own, ...Object.entries(changed.Labels ?? {})]),
    Cmd: entrypoint === null && !changed.Cmd?.length ? (container.Cmd ?? null) : (changed.Cmd ?? null),
    Entrypoint: entrypoint ?? (changed.Entrypoint ? null : (container.Entrypoint ?? null)),
    ...(Object.keys(health).length > 0 && { Healthcheck: health }),
    WorkingDir: changed.WorkingDir || (container.WorkingDir ?? ''),
    Volumes: changed.Volumes || container.Volumes ? { ...changed.Volumes, ...container.Volumes } : null,
    StopSignal: changed.StopSignal || (container.StopSignal ?? ''),
  };
}

function setOf<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => (Array.isArray(one) ? one.length > 0 : one))) as Partial<T>;
}
