import type { TenantScope } from '../db/scope.ts';
import { imageForget } from '../db/store/image.ts';
import { wishedOf } from '../db/store/wished.ts';
import type { EngineImageInspect } from '../engine/inspect-types.ts';
import type { PruneMatch } from './container-prune.ts';
import type { App } from './context.ts';
import { eventOfImage, eventPruned, eventTell } from './event-tell.ts';
import { imagesUsage } from './image-layers.ts';
import { imageNamesById, imagesOf } from './image-names.ts';
import type { ImageRemoved } from './image-remove.ts';

/**
 * Ends the tenant's right to images that none of its containers, deployments and jobs uses: those without a name, or with `all` any.
 * `bytes` is what the tenant has less then; the hosts keep what others have. Source: moby, daemon/images/image_prune.go.
 */
export async function imagePrune(
  app: App,
  scope: TenantScope,
  { all, matches }: { all: boolean; matches: PruneMatch },
): Promise<{ removed: ImageRemoved[]; bytes: number }> {
  const [wished, names, images] = await Promise.all([wishedOf(scope), imageNamesById(app, scope), imagesOf(app, scope)]);
  await app.directory.fresh();
  const used = new Set([...app.directory.containersOf(scope.tenantId)].map(({ imageId }) => imageId));
  const unused = images.filter((image) => {
    const { Config, Created } = image.document as EngineImageInspect;
    const named = (names.get(image.id) ?? []).length > 0;
    const thing = { labels: Config?.Labels ?? {}, createdAt: new Date(Created || 0) };
    return (all || !named) && !used.has(image.id) && !wished.images.has(image.id) && matches(thing);
  });
  const before = await imagesUsage(app, images);
  const after = await imagesUsage(
    app,
    images.filter((image) => !unused.includes(image)),
  );
  const removed: ImageRemoved[] = [];
  const told: ReturnType<typeof eventOfImage>[] = [];
  for (const { id, document } of unused) {
    await imageForget(scope, id);
    const untagged = names.get(id) ?? [];
    removed.push(...untagged.map((name) => ({ Untagged: name })), { Deleted: id });
    told.push(...untagged.map(() => eventOfImage('untag', id, id, document)), eventOfImage('delete', id, id));
  }
  const bytes = before.layersBytes - after.layersBytes;
  await eventTell(app, scope, ...told, eventPruned('image', bytes));
  await app.bus.barrier();
  return { removed, bytes };
}
