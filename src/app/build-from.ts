import type { ImageRow } from '../db/store/image.ts';
import { BerthError } from '../domain/errors.ts';
import type { ImageDraft } from '../images/image-draft.ts';
import type { ProgressLine } from '../images/progress.ts';
import { imageReferenceParse } from '../policy/image-reference.ts';
import type { Build, BuildStage } from './build-state.ts';
import { fleetCapacity } from './fleet-capacity.ts';
import { imageFind } from './image-find.ts';
import { draftOf } from './image-make.ts';
import { imagePull } from './image-pull.ts';

/** What a stage begins with, or COPY takes from. */
export interface BuildSource {
  imageId: string;
  draft: ImageDraft;
  /** See BuildStage. */
  like: string | null;
}

/** `scratch`: no layer, and an id only once something was added. */
export function scratchSource(build: Build): BuildSource {
  const architecture = build.request.platform?.split('/')[1] ?? fleetCapacity(build.app).architecture;
  const draft = { architecture, variant: '', os: 'linux', author: '', comment: '', created: '', config: {}, history: [], diffIds: [] };
  return { imageId: '', draft, like: null };
}

export function stageSource({ imageId, draft, like }: BuildStage): BuildSource {
  return { imageId, draft, like };
}

/** An image of the tenant's, pulled when it is not there, or when a pull is asked for. Its progress is part of the build's output. */
export async function* imageSource(build: Build, name: string): AsyncGenerator<ProgressLine, BuildSource, undefined> {
  const { app, scope, request } = build;
  nameCheck(name);
  const known = request.pull ? null : await imageHad(build, name);
  if (known) return sourceOf(build, known);
  const { registry } = imageReferenceParse(name);
  const lines = await imagePull(
    app,
    scope,
    { image: name, tag: '', platform: request.platform, registryAuth: build.credentials.get(registry) ?? null },
    build.signal,
  );
  for await (const line of lines) {
    if (line.error !== undefined) throw new BerthError('engine_failed', line.error);
    yield line;
  }
  return sourceOf(build, await imageFind(scope, name));
}

/** In the builder's shorter words. */
function nameCheck(name: string): void {
  try {
    if (!/^[0-9a-f]{64}$/.test(name)) imageReferenceParse(name);
  } catch (error) {
    if (!(error instanceof BerthError)) throw error;
    const why = error.message.includes('lowercase') ? ': repository name must be lowercase' : '';
    throw new BerthError('malformed', `invalid reference format${why}`);
  }
}

/** An image for another platform than the one that is asked for is none. */
async function imageHad(build: Build, name: string): Promise<ImageRow | null> {
  try {
    const image = await imageFind(build.scope, name);
    const architecture = build.request.platform?.split('/')[1];
    return architecture === undefined || (image.document as { Architecture?: string }).Architecture === architecture ? image : null;
  } catch (error) {
    if (error instanceof BerthError && error.code === 'not_found') return null;
    throw error;
  }
}

async function sourceOf(build: Build, image: ImageRow): Promise<BuildSource> {
  return { imageId: image.id, draft: await draftOf(build.app, image), like: image.id };
}
