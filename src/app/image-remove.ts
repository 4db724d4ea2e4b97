import type { TenantScope } from '../db/scope.ts';
import { type ImageRow, imageDeployments, imageForget, imageReferenceDelete, imageReferenceSet, imageUsers } from '../db/store/image.ts';
import { BerthError } from '../domain/errors.ts';
import { imageReferenceParse } from '../policy/image-reference.ts';
import type { App } from './context.ts';
import { eventOfImage, eventTell } from './event-tell.ts';
import { imageFind, imageNameShown, imageReferenceName } from './image-find.ts';
import { imageNamesById } from './image-names.ts';

/** Gives an image one more name of the tenant's. */
export async function imageTag(app: App, scope: TenantScope, source: string, target: string): Promise<void> {
  const image = await imageFind(scope, source);
  const reference = imageReferenceParse(target);
  if (reference.digest !== null) throw new BerthError('malformed', 'refusing to create a tag with a digest reference');
  await imageReferenceSet(scope, imageReferenceName(target), 'tag', image.id);
  await eventTell(app, scope, eventOfImage('tag', image.id, imageNameShown(target), image.document));
  await app.bus.barrier();
}

export type ImageRemoved = { Untagged: string } | { Deleted: string };

/**
 * Takes a name away; with the last one the image is the tenant's no more. What others have stays with them, and the bytes on the
 * hosts stay until nobody has them. Throws `conflict` in Docker's cases (moby daemon/images/image_delete.go), and for an image that a
 * deployment could go back to.
 */
export async function imageRemove(app: App, scope: TenantScope, text: string, force: boolean): Promise<ImageRemoved[]> {
  const image = await imageFind(scope, text);
  const names = (await imageNamesById(app, scope)).get(image.id) ?? [];
  const tags = names.filter((name) => !name.includes('@'));
  const short = image.id.slice('sha256:'.length, 'sha256:'.length + 12);
  const byId = /^(sha256:)?[0-9a-f]{2,64}$/.test(text) && !names.includes(imageNameShown(text));
  if (byId && tags.length > 1 && !force)
    throw new BerthError('conflict', `conflict: unable to delete ${short} (must be forced) - image is referenced in multiple repositories`);
  if (!byId && tags.filter((name) => name !== imageNameShown(text)).length > 0) {
    return untag(app, scope, image, imageNameShown(text), names);
  }
  const users = await imageUsers(scope, image.id);
  const [deployment] = await imageDeployments(scope, image.id);
  const container = users.find(({ engineId }) => engineId !== null)?.engineId?.slice(0, 12);
  const used = users.length > 0 || deployment !== undefined;
  const user = users.length > 0 ? `container ${container ?? ''}` : `deployment ${deployment}`;
  if (used && !force) {
    throw new BerthError(
      'conflict',
      `conflict: unable to remove repository reference "${text}" (must force) - ${user} is using its referenced image ${short}`,
    );
  }
  if (used) {
    if (byId)
      throw new BerthError('conflict', `conflict: unable to delete ${short} (cannot be forced) - image is being used by running ${user}`);
    return untag(app, scope, image, imageNameShown(text), names);
  }
  await imageForget(scope, image.id);
  const untagged = names.map(() => eventOfImage('untag', image.id, image.id, image.document));
  await eventTell(app, scope, ...untagged, eventOfImage('delete', image.id, image.id));
  await app.bus.barrier();
  return [...names.map((name) => ({ Untagged: name })), { Deleted: image.id }];
}

/** With the last tag of a repository go its digests. Source: moby daemon/images/image_delete.go. */
async function untag(app: App, scope: TenantScope, image: ImageRow, name: string, names: readonly string[]): Promise<ImageRemoved[]> {
  const others = names.filter((other) => other !== name && repositoryOf(other) === repositoryOf(name));
  const gone = others.every((other) => other.includes('@')) && !name.includes('@') ? [name, ...others] : [name];
  for (const one of gone) await imageReferenceDelete(scope, imageReferenceName(one));
  await eventTell(app, scope, ...gone.map(() => eventOfImage('untag', image.id, image.id, image.document)));
  await app.bus.barrier();
  return gone.map((one) => ({ Untagged: one }));
}

function repositoryOf(name: string): string {
  return name.replace(/(@.*|:[^:/]*)$/, '');
}
