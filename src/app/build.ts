import type { TenantScope } from '../db/scope.ts';
import { imageGrantAdd, imageReferenceSet } from '../db/store/image.ts';
import { BuildArgs } from '../dockerfile/build-args.ts';
import { expandWord } from '../dockerfile/expand.ts';
import { type Dockerfile, dockerfileRead, labelInstructions, stagesUpTo } from '../dockerfile/stages.ts';
import { BerthError } from '../domain/errors.ts';
import { buildLimits } from '../domain/limits.ts';
import type { BuildRequest } from '../policy/build-request.ts';
import { buildContextRead } from './build-context.ts';
import { buildHost, layersOnHost, stepSpec } from './build-host.ts';
import { stageBegin, stageStep } from './build-stage.ts';
import { type Build, type BuildLines, type BuildStage, idShort } from './build-state.ts';
import { said } from './build-step.ts';
import { buildUndo, buildWorkEnd } from './build-work.ts';
import type { App } from './context.ts';
import { eventOfImage, eventTell } from './event-tell.ts';
import { imageReferenceName } from './image-find.ts';
import { imageMake } from './image-make.ts';

export interface BuildGiven {
  context: AsyncIterable<Uint8Array>;
  /** By registry; see registry-config.ts. */
  credentials: ReadonlyMap<string, string>;
  signal: AbortSignal;
}

/**
 * A Dockerfile, built as the classic builder builds it: each step in a container of the tenant's own, so that it has the tenant's walls,
 * network and quota, and a cache that no other tenant sees. Resolves once the context is there and the Dockerfile understood; the lines
 * are the build, and it goes on only while they are read. Whoever stops reading them ends it, and nothing half made is left behind.
 */
export async function buildBegin(app: App, scope: TenantScope, request: BuildRequest, given: BuildGiven): Promise<BuildLines> {
  const context = await buildContextRead(app, scope, given.context, request.dockerfile);
  try {
    const dockerfile = dockerfileRead(context.dockerfile, request.dockerfile);
    const stages = stagesUpTo(dockerfile.stages, request.target);
    stages.at(-1)?.instructions.push(...labelInstructions(request.labels));
    const count = stages.reduce((sum, { instructions }) => sum + instructions.length, 0);
    if (count > buildLimits.instructions)
      throw new BerthError(
        'too_large',
        `The Dockerfile has more than ${buildLimits.instructions} instructions. Build an image of its first half, and begin with that.`,
      );
    const timeUp = AbortSignal.timeout(buildLimits.seconds * 1000);
    const build: Build = {
      ...{ app, scope, request, context, credentials: given.credentials, escapeToken: dockerfile.escapeToken },
      ...{ signal: AbortSignal.any([given.signal, timeUp]), work: null, stages: [], intermediate: [] },
    };
    // What no container may be given is told before anything is built.
    stepSpec(build, { Image: 'scratch' });
    const lines = buildRun(build, { ...dockerfile, stages }, timeUp);
    // Lines that nobody ever asks for do not end by themselves either.
    given.signal.addEventListener('abort', () => void context.spool.close(), { once: true });
    return lines;
  } catch (error) {
    await context.spool.close();
    throw error;
  }
}

async function* buildRun(build: Build, dockerfile: Dockerfile, timeUp: AbortSignal): BuildLines {
  let finished = false;
  try {
    if (dockerfile.warnings.length > 0) yield said(`\u001b[91m${dockerfile.warnings.join('\n')}\n\u001b[0m`);
    yield* stagesRun(build, dockerfile);
    finished = true;
  } catch (error) {
    finished = !build.signal.aborted && isOwnEnd(error);
    if (timeUp.aborted)
      throw new BerthError('deadline', `The build took longer than ${buildLimits.seconds / 60} minutes, and was ended. Build it in parts.`);
    throw error;
  } finally {
    await buildEnd(build, finished);
  }
}

/** The Dockerfile, its context or the tenant's limits ended it, and not a host or a registry: a step may still run there, with nobody to wait for it. */
function isOwnEnd(error: unknown): boolean {
  return error instanceof BerthError && !['engine_failed', 'unavailable', 'deadline', 'internal'].includes(error.code);
}

/** A build that came to an end of its own leaves the containers that are not removed to the tenant, as Docker does. */
async function buildEnd({ app, scope, context, work }: Build, finished: boolean): Promise<void> {
  await context.spool.close();
  if (!work) return;
  try {
    if (finished) await buildWorkEnd(app, scope, work);
    else await buildUndo(app, scope, work);
  } catch (error) {
    app.log.warn('what a build had begun is left to the rounds', { build: work.id, cause: String(error) });
  } finally {
    app.underWay.delete(work.id);
  }
}

async function* stagesRun(build: Build, { stages, metaArgs, escapeToken }: Dockerfile): BuildLines {
  const total = stages.reduce((sum, { instructions }) => sum + 1 + instructions.length, metaArgs.length);
  let step = 0;
  const announce = (code: string) => said(`Step ${++step}/${total} : ${code}\n`);
  const args = new BuildArgs(build.request.buildArgs);
  for (const { code, args: declared } of metaArgs) {
    yield announce(code);
    const values = args.values();
    const expand = (word: string) => expandWord(word, values, escapeToken);
    for (const { key, value } of declared) args.declareMeta(expand(key), value === null ? null : expand(value));
  }
  let last: BuildStage | undefined;
  for (const written of stages) {
    if (written.name !== '' && build.stages.some(({ name }) => name === written.name))
      throw new BerthError('malformed', `${written.name} stage name already used`);
    yield announce(written.code);
    const stage = yield* stageBegin(build, written, args.stage());
    yield said(` ---> ${idShort(stage.imageId)}\n`);
    for (const instruction of written.instructions) {
      build.signal.throwIfAborted();
      yield announce(instruction.code);
      yield* stageStep(build, stage, instruction);
      yield said(` ---> ${idShort(stage.imageId)}\n`);
    }
    if (written === stages.at(-1)) await imageFinish(build, stage);
    if (stage.imageId !== '') yield { aux: { ID: stage.imageId } };
    args.stageOver(stage.args);
    build.stages.push(stage);
    last = stage;
  }
  const unused = args.unused();
  if (unused.length > 0) yield said(`[Warning] One or more build-args [${unused.join(' ')}] were not consumed\n`);
  if (!last || last.imageId === '') throw new BerthError('malformed', 'No image was generated. Is your Dockerfile empty?');
  yield said(`Successfully built ${idShort(last.imageId)}\n`);
  for (const tag of build.request.tags) {
    await imageReferenceSet(build.scope, imageReferenceName(tag), 'tag', last.imageId);
    await eventTell(build.app, build.scope, eventOfImage('tag', last.imageId, tag, { Config: last.draft.config }));
    yield said(`Successfully tagged ${tag}\n`);
  }
  await build.app.bus.barrier();
}

/** Makes the last stage's image one that hosts have, and the tenant's. One that is nothing but its base is there already. */
async function imageFinish(build: Build, stage: BuildStage): Promise<void> {
  const { app, scope } = build;
  if (stage.imageId === '' || stage.imageId === stage.like) return;
  const { hostId } = await buildHost(build, stage);
  await layersOnHost(build, stage, stage);
  const made = await imageMake(app, hostId, stage.draft);
  await imageGrantAdd(scope, made.id);
}
