import { BerthError } from '../domain/errors.ts';
import { archivePath } from './archive-tree.ts';

/**
 * One image of manifest.json, in Docker's own field names. `LayerSources` and anything else is dropped: Linux engines do not read it.
 * https://github.com/moby/moby/blob/v28.0.0/image/tarexport/tarexport.go
 */
export interface ManifestItem {
  /** Path of the image's config in the archive. */
  Config: string;
  RepoTags: string[] | null;
  Layers: string[];
  /** The image id of the parent, when it is in the same archive. */
  Parent?: string;
}

/** index.json of an OCI image layout, as much of it as an engine needs to find the images. */
export interface OciIndex {
  schemaVersion: 2;
  mediaType?: string;
  manifests: OciDescriptor[];
}

export interface OciDescriptor {
  mediaType: string;
  digest: string;
  size: number;
  platform?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** The typed content of manifest.json, with canonical paths. 'malformed' when it is not what Docker writes. */
export function manifestParse(bytes: Uint8Array): ManifestItem[] {
  return list(jsonParse(bytes, 'manifest.json'), 'manifest.json', 'a list of images').map((item) => {
    const image = record(item, 'manifest.json');
    const parent = image.Parent === undefined ? '' : text(image.Parent, 'Parent');
    return {
      Config: archivePath(text(image.Config, 'Config')),
      RepoTags: texts(image.RepoTags ?? [], 'RepoTags'),
      Layers: texts(image.Layers ?? [], 'Layers').map(archivePath),
      ...(parent === '' ? {} : { Parent: parent }),
    };
  });
}

/**
 * The typed content of index.json. Of the annotations only those that tie an attestation to its image are kept: the others name
 * images and registries, which an engine would believe.
 */
export function indexParse(bytes: Uint8Array): OciIndex {
  const index = record(jsonParse(bytes, 'index.json'), 'index.json');
  return {
    schemaVersion: 2,
    ...(index.mediaType === undefined ? {} : { mediaType: text(index.mediaType, 'mediaType') }),
    manifests: list(index.manifests ?? [], 'index.json', 'a list of manifests').map(descriptorParse),
  };
}

function descriptorParse(value: unknown): OciDescriptor {
  const descriptor = record(value, 'index.json');
  const size = descriptor.size;
  if (typeof size !== 'number' || !Number.isSafeInteger(size)) throw malformed('size in index.json is not a number');
  const annotations = textMap(descriptor.annotations ?? {}, (key) => key.startsWith('vnd.docker.reference.'));
  return {
    mediaType: text(descriptor.mediaType, 'mediaType'),
    digest: text(descriptor.digest, 'digest'),
    size,
    ...(descriptor.platform == null
      ? {}
      : { platform: textMap(descriptor.platform, (key) => ['architecture', 'os', 'variant'].includes(key)) }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

/** Any document as JSON. 'malformed' names the file. */
function jsonParse(bytes: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new BerthError('malformed', `The archive cannot be read: its ${file} is not JSON.`, { cause });
  }
}

function list(value: unknown, file: string, what: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw malformed(`${file} is not ${what}`);
}

function record(value: unknown, file: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw malformed(`${file} has something else where an object belongs`);
}

function text(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw malformed(`${field} is not a text`);
}

function texts(value: unknown, field: string): string[] {
  if (!Array.isArray(value)) throw malformed(`${field} is not a list`);
  return value.map((item) => text(item, field));
}

function textMap(value: unknown, keep: (key: string) => boolean): Record<string, string> {
  const kept = Object.entries(record(value, 'index.json')).filter(([key]) => keep(key));
  return Object.fromEntries(kept.map(([key, item]) => [key, text(item, key)]));
}

function malformed(what: string): BerthError {
  return new BerthError('malformed', `The archive cannot be read: ${what}. Make it with docker save.`);
}
