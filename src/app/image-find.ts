import type { TenantScope } from '../db/scope.ts';
import { type ImageRow, imageByPrefix, imageByReference } from '../db/store/image.ts';
import { BerthError } from '../domain/errors.ts';
import { imageMissing, imageReferenceParse } from '../policy/image-reference.ts';

/** Finds an image among those the tenant has a right to: by id, by the beginning of its id, or by a name of the tenant's own. */
export async function imageFind(scope: TenantScope, text: string): Promise<ImageRow> {
  const hexId = /^(?:sha256:)?([0-9a-f]{64})$/.exec(text)?.[1];
  if (hexId !== undefined) {
    const [found] = await imageByPrefix(scope, hexId);
    if (found) return found;
    throw imageMissing(text);
  }
  const named = await imageByReference(scope, imageReferenceName(text));
  if (named) return named;
  const hexPrefix = /^(?:sha256:)?([0-9a-f]{1,63})$/.exec(text)?.[1];
  const [found, another] = hexPrefix === undefined ? [] : await imageByPrefix(scope, hexPrefix);
  if (another) throw new BerthError('malformed', `The image id prefix ${text} is ambiguous: write more of it.`);
  if (found) return found;
  throw imageMissing(text);
}

/** The canonical name under which a reference is stored: with its registry, and a digest or a tag (`latest` where there is none). */
export function imageReferenceName(text: string): string {
  const { registry, repository, tag, digest } = imageReferenceParse(text);
  const name = `${registry}/${repository}`;
  return digest !== null ? `${name}@${digest}` : `${name}:${tag ?? 'latest'}`;
}

/** As Docker shows a name: without what everybody knows. An id stays one. */
export function imageNameShown(text: string): string {
  if (/^(sha256:)?[0-9a-f]{64}$/.test(text)) return text;
  return imageReferenceParse(imageReferenceName(text)).familiar();
}
