import type { TenantScope } from '../db/scope.ts';
import { type ImageRow, imageHosts } from '../db/store/image.ts';
import { archiveSaveRewrite } from '../images/archive-save.ts';
import { imageReferenceParse } from '../policy/image-reference.ts';
import type { App } from './context.ts';
import { eventOfImage, eventTell } from './event-tell.ts';
import { imageArchiveGet } from './image-archive-get.ts';
import { imageEnsure } from './image-ensure.ts';
import { imageFind, imageReferenceName } from './image-find.ts';
import { imageHolderMissing } from './image-host.ts';
import { imageNamesById, imageNamesSplit } from './image-names.ts';

/** A reachable host that holds the image. Throws `unavailable`. */
export async function imageHolder(app: App, image: ImageRow): Promise<string> {
  for (const hostId of await imageHosts(app.system, image.id)) if (app.fleet.host(hostId)?.watch.live) return hostId;
  throw imageHolderMissing();
}

/** `docker save`: several images come from one host, brought there if need be; the tags in the archive are the tenant's. */
export async function imageSave(app: App, scope: TenantScope, names: string[], signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const known = await imageNamesById(app, scope);
  const tags = new Map<string, string[]>();
  const images: ImageRow[] = [];
  for (const text of names) {
    const image = await imageFind(scope, text);
    images.push(image);
    const wanted = nameWanted(text, imageNamesSplit(known.get(image.id) ?? []).tags);
    tags.set(image.id, [...new Set([...(tags.get(image.id) ?? []), ...wanted])]);
  }
  const [first] = images;
  if (!first) throw imageHolderMissing();
  const hostId = await imageHolder(app, first);
  for (const image of images.slice(1)) await imageEnsure(app, image.id, hostId);
  const body = await imageArchiveGet(app, hostId, [...tags.keys()], signal);
  await eventTell(app, scope, ...names.map((name, i) => eventOfImage('save', images[i]?.id ?? name, name, images[i]?.document)));
  return archiveSaveRewrite(body, tags);
}

/** What was asked for by name keeps that name; what was asked for by id has none, as with Docker. A bare repository brings all its tags. */
function nameWanted(text: string, tags: string[]): string[] {
  if (/^(sha256:)?[0-9a-f]{12,64}$/.test(text)) return [];
  const { tag, digest, registry, repository } = imageReferenceParse(text);
  if (digest !== null) return [];
  if (tag !== null) return [imageReferenceParse(imageReferenceName(text)).familiar()];
  return tags.filter((name) => {
    const other = imageReferenceParse(name);
    return other.registry === registry && other.repository === repository;
  });
}
