import { imageMissing } from '../../policy/image-reference.ts';
import { type Filters, filterBoolean, filterLabels, filterNamesCheck } from './filter-match.ts';
import { globCompile } from './glob.ts';
import type { ImageListItem } from './image.ts';
import { imageReferenceMeant } from './image-name.ts';

export const imageFilterNames = ['before', 'dangling', 'label', 'reference', 'since'] as const;

/**
 * `GET /images/json`'s list, newest first, filtered as moby does (daemon/images): a reference filter is a glob over familiar names,
 * with or without the tag, and leaves only the names that match on an image; an image without a tag is dangling. Throws
 * `malformed` for an unknown filter or value, `not_found` when `before` or `since` names no image of the tenant.
 */
export function imageListSelect(images: readonly ImageListItem[], filters: Filters): ImageListItem[] {
  filterNamesCheck(filters, imageFilterNames);
  const dangling = filterBoolean(filters, 'dangling');
  const before = timesOf(images, filters, 'before');
  const since = timesOf(images, filters, 'since');
  return images
    .filter(
      (image) =>
        before.every((time) => image.Created < time) &&
        since.every((time) => image.Created > time) &&
        filterLabels(filters, image.Labels) &&
        (dangling === null || dangling === isDangling(image)),
    )
    .flatMap((image) => referencesMatching(image, filters.get('reference') ?? []))
    .sort((a, b) => b.Created - a.Created);
}

function timesOf(images: readonly ImageListItem[], filters: Filters, name: 'before' | 'since'): number[] {
  return (filters.get(name) ?? []).map((reference) => {
    const image = images.find(({ Id, RepoTags, RepoDigests }) => imageReferenceMeant(reference, [Id, ...RepoTags, ...RepoDigests]));
    if (!image) throw imageMissing(reference);
    return image.Created;
  });
}

function isDangling({ RepoTags }: ImageListItem): boolean {
  return RepoTags.every((tag) => tag === '<none>:<none>');
}

function referencesMatching(image: ImageListItem, globs: readonly string[]): ImageListItem[] {
  if (globs.length === 0) return [image];
  const patterns = globs.map(globCompile).filter((pattern) => pattern !== null);
  const matches = (reference: string, name: string) => patterns.some((pattern) => pattern.found(reference) || pattern.found(name));
  const RepoTags = image.RepoTags.filter((tag) => matches(tag, tag.replace(/:[^:/]*$/, '')));
  const RepoDigests = image.RepoDigests.filter((digest) => matches(digest, digest.replace(/@.*$/, '')));
  return RepoTags.length + RepoDigests.length > 0 ? [{ ...image, RepoTags, RepoDigests }] : [];
}
