import type { TenantScope } from '../db/scope.ts';
import { type ImageRow, imageList, imageReferences } from '../db/store/image.ts';
import { imageReferenceParse } from '../policy/image-reference.ts';
import type { App } from './context.ts';

/** Every image that the tenant has a right to. */
export function imagesOf(_app: App, scope: TenantScope): Promise<ImageRow[]> {
  return imageList(scope);
}

/** By image id: the tenant's names for it, as Docker shows them (`busybox:latest`, `busybox@sha256:…`). */
export async function imageNamesById(_app: App, scope: TenantScope): Promise<Map<string, string[]>> {
  const names = new Map<string, string[]>();
  for (const { name, imageId } of await imageReferences(scope)) {
    names.set(imageId, [...(names.get(imageId) ?? []), imageReferenceParse(name).familiar()]);
  }
  return names;
}

/** Tags and digests apart, for one image's own page. */
export function imageNamesSplit(names: readonly string[]): { tags: string[]; digests: string[] } {
  return { tags: names.filter((name) => !name.includes('@')), digests: names.filter((name) => name.includes('@')) };
}
