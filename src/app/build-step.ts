import { buildCacheGet, buildCacheSet } from '../db/store/build.ts';
import { imageHosts } from '../db/store/image.ts';
import { shellOf } from '../dockerfile/config-apply.ts';
import { digestOf } from '../images/digest.ts';
import { draftChild, draftParse, draftText, type ImageDraft } from '../images/image-draft.ts';
import type { ProgressLine } from '../images/progress.ts';
import { type Build, type BuildLines, type BuildStage, idShort } from './build-state.ts';
import type { Layer } from './build-work.ts';
import { containerRemove } from './container-remove.ts';
import type { App } from './context.ts';
import { engineHasImage } from './image-ensure.ts';
import { draftId, layersId } from './image-make.ts';

/** What a step reads, beside the image before it. */
export interface StepInput {
  /** The command of its container as the history shows it, or the comment in its place. */
  command: string[];
  /** Whatever else makes a difference. */
  more?: readonly (string | boolean | null)[];
}

export function said(stream: string): ProgressLine {
  return { stream };
}

/** The history's words for a step that runs nothing. */
function nopCommand(stage: BuildStage, comment: string): string[] {
  return [...shellOf(stage.config), '#(nop) ', comment];
}

/** The same for the steps that have one word less: COPY, ADD and WORKDIR. */
export function nopCommandJoined(stage: BuildStage, comment: string): string[] {
  return [...shellOf(stage.config), `#(nop) ${comment}`];
}

/**
 * Whether the tenant has built this very step before, and its layers are still to be had: then the stage is at its outcome. After one that
 * is not there no later step is looked for, unless there is another way to know it (`perhaps`).
 */
export async function stepCached(build: Build, stage: BuildStage, input: StepInput, sure: 'sure' | 'perhaps' = 'sure'): Promise<boolean> {
  if (build.request.noCache || stage.cacheMissed) return false;
  const cached = await buildCacheGet(build.scope, await stepKey(build.app, stage, input));
  if (!cached || !(cached.layersId === null || (await layersThere(build, cached.layersId)))) {
    stage.cacheMissed = sure === 'sure';
    return false;
  }
  await stageAt(build.app, stage, draftParse(cached.config));
  stage.layerBytes = cached.layerBytes;
  return true;
}

/** Ends a step: the stage is one image further, and the tenant's cache knows it. `layer`: what it made. */
export async function stepDone(build: Build, stage: BuildStage, input: StepInput, layer: Layer | null): Promise<void> {
  const key = await stepKey(build.app, stage, input);
  const draft = draftChild(stage.draft, {
    ...{ author: stage.maintainer, comment: '', created: new Date().toISOString(), diffId: layer?.diffId ?? null },
    createdBy: input.command.join(' '),
    config: structuredClone(stage.config),
  });
  const parent = stage.imageId;
  await stageAt(build.app, stage, draft);
  stage.layerBytes = layer?.bytes ?? 0;
  await cacheSet(build, { key, parent, stage });
}

async function cacheSet({ app, scope }: Build, { key, parent, stage }: { key: string; parent: string; stage: BuildStage }): Promise<void> {
  const { draft, like, imageId, layerBytes } = stage;
  // Layers that are a whole image's are to be had as long as that is.
  const own = like === null && draft.diffIds.length > 0;
  await buildCacheSet(scope, key, {
    ...{ config: draftText(draft), layersId: own ? await layersId(app, draft) : null },
    ...{ imageId, parentId: parent === '' ? null : parent, layerBytes },
  });
}

/** Another way to know a step that is done, from where the stage was before it. */
export async function stepAlso(build: Build, before: BuildStage, input: StepInput, after: BuildStage): Promise<void> {
  await cacheSet(build, { key: await stepKey(build.app, before, input), parent: before.imageId, stage: after });
}

/** A step that changes the config alone. No container is needed for it; that one is said to have been is what clients read. */
export async function* stepNop(build: Build, stage: BuildStage, comment: string): BuildLines {
  const input = { command: nopCommand(stage, comment), more: [stage.maintainer, stage.cmdSet] };
  if (await stepCached(build, stage, input)) {
    yield said(' ---> Using cache\n');
    return;
  }
  const id = crypto.randomUUID().replaceAll('-', '').slice(0, 12);
  build.intermediate.push({ id, row: null });
  yield said(` ---> Running in ${id}\n`);
  await stepDone(build, stage, input, null);
}

/** After a step that went well, or with `--force-rm` after any. */
export async function* intermediateRemove(build: Build): BuildLines {
  for (const { id, row } of build.intermediate.splice(0)) {
    if (row) await containerRemove(build.app, build.scope, row, { force: true, volumes: true });
    yield said(`Removing intermediate container ${idShort(id)}\n`);
  }
}

async function stageAt(app: App, stage: BuildStage, draft: ImageDraft): Promise<void> {
  if (draft.diffIds.length !== stage.draft.diffIds.length) stage.like = null;
  stage.draft = draft;
  stage.config = structuredClone(draft.config);
  stage.imageId = await draftId(app, draft);
}

function stepKey(app: App, stage: BuildStage, { command, more = [] }: StepInput): Promise<string> {
  const input = ['1', stage.imageId, stage.draft.architecture, command, more];
  return digestOf(app.archiveTools, new TextEncoder().encode(JSON.stringify(input)));
}

async function layersThere({ app }: Build, id: string): Promise<boolean> {
  for (const hostId of await imageHosts(app.system, id)) {
    const host = app.fleet.host(hostId);
    if (host?.watch.live && (await engineHasImage(host.watch.engine, id).catch(() => false))) return true;
  }
  return false;
}
