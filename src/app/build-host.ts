import { buildCacheSet } from '../db/store/build.ts';
import type { ImageRow } from '../db/store/image.ts';
import { tenantRules } from '../db/store/tenant.ts';
import type { ContainerSpec } from '../domain/container-spec.ts';
import { isolationChoose } from '../domain/isolation.ts';
import { containerCreateRead } from '../policy/container-create.read.ts';
import { cpuLimited } from '../policy/container-resources.ts';
import type { JsonObject } from '../policy/json.ts';
import { demandOf } from '../scheduler/demand.ts';
import type { Build, BuildStage } from './build-state.ts';
import { type BuildWork, buildWorkBegin } from './build-work.ts';
import { containerParts } from './container-parts.ts';
import { containerPlace } from './container-place.ts';
import { layersEnsure, layersId } from './image-make.ts';

/** What a step's container may be given, as the policy of containers reads it. Throws what that throws. */
export function stepSpec(build: Build, config: JsonObject): ContainerSpec {
  const isolation = build.request.labels.get('berth.isolation');
  const labels: JsonObject = isolation === undefined ? {} : { 'berth.isolation': isolation };
  return containerCreateRead({ ...config, Labels: labels, HostConfig: build.request.hostConfig }, { name: null, platform: null });
}

/** The host of the build: chosen once, like a step's container's own, since each step needs the layers of the one before. */
export async function buildHost(build: Build, stage: BuildStage): Promise<BuildWork> {
  if (build.work) return build.work;
  const { app, scope } = build;
  const rules = await tenantRules(scope);
  const spec = cpuLimited(stepSpec(build, { Image: 'scratch' }), rules.quota.nanoCpus);
  const parts = await containerParts(app, scope, spec);
  const hostId = await containerPlace(
    app,
    scope,
    {
      ...demandOf(spec.resources),
      isolation: isolationChoose(spec.isolation, rules.isolation),
      architecture: stage.draft.architecture,
      pinnedTo: [...new Set([...parts.pinnedTo, ...parts.groups.flatMap((group) => group.hostId ?? [])])],
    },
    stage.like ?? (await layersId(app, stage.draft)),
  );
  build.work = await buildWorkBegin(app, scope, hostId);
  return build.work;
}

/**
 * The layers of a stage so far, or of what COPY takes from, on the host of the build. The tenant's cache knows them, so that they stay
 * while it does, and go with it.
 */
export async function layersOnHost(build: Build, stage: BuildStage, source: Pick<BuildStage, 'draft' | 'like'>): Promise<ImageRow> {
  const { hostId } = await buildHost(build, stage);
  const layers = await layersEnsure(build.app, hostId, source.draft, source.like);
  await buildCacheSet(build.scope, `layers ${layers.id}`, {
    config: '',
    layersId: layers.id,
    imageId: null,
    parentId: null,
    layerBytes: 0,
  });
  return layers;
}
