import { BerthError } from '../domain/errors.ts';
import { type JsonObject, type JsonValue, jsonRead } from '../policy/json.ts';

/** A blob, by what it must be: sha256:… and its length in bytes. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

export interface ImageManifest {
  config: Descriptor;
  layers: Descriptor[];
}

export interface IndexEntry extends Descriptor {
  os: string;
  architecture: string;
  /** '' when there is none. */
  variant: string;
}

/** Bytes of a manifest and of a config; registries themselves keep none above it. */
export const manifestLimit = 4 * 1024 * 1024;
const layerLimit = 128;
const entryLimit = 1024;

/**
 * A manifest of one image, or the index of several, in Docker's schema 2 or OCI's form. What it is goes by its content alone: one that could
 * be read both ways is refused, since two readers would see two images under one digest (CVE-2021-41190). Throws 'engine_failed'.
 */
export function manifestRead(bytes: Uint8Array): { image: ImageManifest } | { index: IndexEntry[] } {
  const document = object(documentRead(bytes));
  if (document.schemaVersion === 1)
    throw unfit('it is in the format of before 2016 (schema 1), which is not pulled any more. Push it again with a current Docker');
  const isIndex = document.manifests !== undefined;
  if (document.schemaVersion !== 2 || isIndex === (document.layers !== undefined || document.config !== undefined)) {
    throw unfit('its manifest is neither one of an image nor an index of images');
  }
  if (isIndex) return { index: list(document.manifests, entryLimit).map(entryRead) };
  const image = { config: descriptorRead(document.config), layers: list(document.layers, layerLimit).map(layerRead) };
  if (image.config.size > manifestLimit) throw unfit('its config is above 4 MiB');
  return { image };
}

/**
 * The image of an index for a platform (`linux/arm64`, `linux/arm/v6`), undefined when it has none. Without a variant: the one that every
 * machine of the architecture runs, else the first.
 */
export function platformChoose(index: IndexEntry[], platform: string): IndexEntry | undefined {
  const [os, architecture = '', variant] = platform.split('/');
  const fitting = index.filter((entry) => entry.os === os && entry.architecture === architecture);
  const withVariant = (wanted: string) =>
    fitting.find((entry) => entry.variant === wanted || (entry.variant === '' && wanted === usualVariant[architecture]));
  if (variant !== undefined) return withVariant(variant);
  return fitting.find((entry) => entry.variant === '') ?? withVariant(usualVariant[architecture] ?? '') ?? fitting[0];
}

const usualVariant: Record<string, string> = { amd64: 'v1', arm64: 'v8', arm: 'v7' };

function entryRead(value: JsonValue): IndexEntry {
  const platform = object(object(value).platform ?? {});
  const text = (name: string) => (typeof platform[name] === 'string' ? platform[name] : '');
  return { ...descriptorRead(value), os: text('os'), architecture: text('architecture'), variant: text('variant') };
}

const layerTypes = /^application\/vnd\.(docker\.image\.rootfs\.diff\.tar(\.gzip|\.zstd)?|oci\.image\.layer\.v1\.tar(\+gzip|\+zstd)?)$/;

function layerRead(value: JsonValue): Descriptor {
  const layer = descriptorRead(value);
  if (object(value).urls !== undefined || /foreign|nondistributable/.test(layer.mediaType))
    throw unfit('a layer of it lies outside of its registry, as those of Windows images do');
  if (!layerTypes.test(layer.mediaType)) throw unfit('it has a layer of a kind that a container cannot be made of');
  return layer;
}

function descriptorRead(value: JsonValue | undefined): Descriptor {
  const { mediaType, digest, size } = object(value);
  if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest)) throw unfit('its manifest has a digest that is not a sha256');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw unfit('its manifest has a size that is not one');
  return { mediaType: typeof mediaType === 'string' ? mediaType : '', digest, size };
}

function documentRead(bytes: Uint8Array): JsonValue {
  try {
    return jsonRead(bytes);
  } catch {
    throw unfit('its manifest cannot be read');
  }
}

function object(value: JsonValue | undefined): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unfit('its manifest cannot be read');
  return value;
}

function list(value: JsonValue | undefined, limit: number): JsonValue[] {
  if (!Array.isArray(value) || value.length > limit) throw unfit(`its manifest has not a list of at most ${limit} parts`);
  return value;
}

export function unfit(why: string): BerthError {
  return new BerthError('engine_failed', `The image cannot be pulled: ${why}.`);
}
