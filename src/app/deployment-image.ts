import type { TenantScope } from '../db/scope.ts';
import type { ImageRow } from '../db/store/image.ts';
import type { ContainerSpec } from '../domain/container-spec.ts';
import { BerthError } from '../domain/errors.ts';
import { printable } from '../policy/fields.ts';
import { type ImageConfig, imageConfigCheck } from '../policy/image-config.ts';
import type { EngineSide } from './host-admin.ts';
import { imageFind } from './image-find.ts';

/**
 * The image of a revision, found once: among the tenant's own, else pulled by the tenant's right. Throws `unprocessable` for one that
 * cannot be had, `not_served` where it would have to be pulled and no engine can be reached.
 */
export async function deploymentImage(
  engines: EngineSide | null,
  scope: TenantScope,
  template: ContainerSpec,
  registryAuth: string | null,
): Promise<ImageRow> {
  const image = (await imageKnown(scope, template.image)) ?? (await imagePulled(engines, scope, template.image, registryAuth));
  imageConfigCheck((image.document as { Config?: ImageConfig | null } | null)?.Config ?? {}, template);
  return image;
}

async function imagePulled(engines: EngineSide | null, scope: TenantScope, image: string, registryAuth: string | null): Promise<ImageRow> {
  if (!engines)
    throw new BerthError(
      'not_served',
      `You have no image ${printable(image)} yet, and this server runs as a Worker, which pulls none. Pull it first, or ask a Berth server that runs on Node.`,
    );
  const failure = await engines.imagePull(scope, image, registryAuth);
  const pulled = failure === null ? await imageKnown(scope, image) : undefined;
  if (pulled) return pulled;
  throw new BerthError(
    'unprocessable',
    `image: ${printable(image)} cannot be pulled${failure ? `: ${failure}` : ''}. Check its name, and that you may read it.`,
  );
}

async function imageKnown(scope: TenantScope, image: string): Promise<ImageRow | undefined> {
  try {
    return await imageFind(scope, image);
  } catch (error) {
    if (error instanceof BerthError && error.code === 'not_found') return undefined;
    throw error;
  }
}
