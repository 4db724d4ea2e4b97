import { BerthError } from '../domain/errors.ts';
import { type ImageReference, imageReferenceParse } from '../policy/image-reference.ts';
import { configDiffIds } from './archive-config.ts';
import { bytesLimited } from './bytes-limited.ts';
import type { RegistryClient } from './registry-client.ts';
import { type Descriptor, type ImageManifest, manifestLimit, manifestRead, platformChoose, unfit } from './registry-manifest.ts';
import { RegistryRefusal } from './registry-request.ts';

export interface RegistryImage extends ImageManifest {
  /** sha256:… of what the reference names: the image's manifest, or the index that it is one of. */
  digest: string;
}

/**
 * What a reference with a tag or digest names, of an index the image for `platform`. Throws in Docker's words, by which clients know what is
 * wrong: `not_found` for what is not there or not for this credential, 'engine_failed' for the rest.
 */
export async function registryImageFind(client: RegistryClient, reference: ImageReference, platform: string): Promise<RegistryImage> {
  const { repository } = reference;
  if (reference.digest !== null && !reference.digest.startsWith('sha256:'))
    throw new BerthError('not_found', `manifest for ${reference.familiar()} not found: only digests of sha256 are served`);
  return registryGuard(reference, async () => {
    const named = await client.manifest(repository, reference.digest ?? reference.tag ?? 'latest');
    const read = manifestRead(named.bytes);
    if ('image' in read) return { ...read.image, digest: named.digest };
    const entry = platformChoose(read.index, platform);
    if (entry === undefined) throw new BerthError('not_found', `no matching manifest for ${platform} in the manifest list entries`);
    const chosen = manifestRead((await client.manifest(repository, entry.digest)).bytes);
    if (!('image' in chosen)) throw unfit('its index leads to another index');
    return { ...chosen.image, digest: named.digest };
  });
}

/** The config's bytes. It names a digest for each of the layers, and `platform`, when one was asked for, is its own. */
export async function registryConfigRead(
  client: RegistryClient,
  reference: ImageReference,
  image: RegistryImage,
  platform: string | null,
): Promise<Uint8Array> {
  const bytes = await bytesLimited(registryBlobRead(client, reference, image.config), manifestLimit);
  if (configDiffIds(bytes)?.length !== image.layers.length) throw unfit('its config is not one of a container image with these layers');
  if (platform !== null) platformCheck(reference, bytes, platform);
  return bytes;
}

/** A config or layer as it arrives, checked at its end. */
export async function* registryBlobRead(
  client: RegistryClient,
  reference: ImageReference,
  blob: Descriptor,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* client.blob(reference.repository, blob);
  } catch (error) {
    if (error instanceof RegistryRefusal && error.status === 404)
      throw unfit(`its registry has the manifest, but not the part ${blob.digest.slice(0, 19)} that it names`);
    throw registryFailure(reference, error);
  }
}

function platformCheck(reference: ImageReference, config: Uint8Array, platform: string): void {
  const { os, architecture } = JSON.parse(new TextDecoder().decode(config)) as { os?: unknown; architecture?: unknown };
  const wanted = platform.split('/').slice(0, 2).join('/');
  if (wanted === 'linux' || wanted === `${os}/${architecture}`) return;
  throw new BerthError(
    'not_found',
    `image with reference ${reference.familiar()} was found but does not match the specified platform: wanted ${platform}`,
  );
}

/** Runs a question about a reference; the registry's no is thrown in Docker's words. */
export async function registryGuard<T>(reference: ImageReference, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw registryFailure(reference, error);
  }
}

/** Source of the words: moby, distribution/errors.go. */
function registryFailure(reference: ImageReference, error: unknown): unknown {
  if (!(error instanceof RegistryRefusal)) return error;
  const shown = reference.familiar();
  const name = imageReferenceParse(`${reference.registry}/${reference.repository}`).familiar();
  if (error.status === 401 || error.status === 403) {
    return new BerthError(
      'not_found',
      `pull access denied for ${name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
    );
  }
  if (error.status === 404 && error.code === 'NAME_UNKNOWN')
    return new BerthError('not_found', `repository ${name} not found: name unknown: repository name not known to registry`);
  if (error.status === 404) return new BerthError('not_found', `manifest for ${shown} not found: manifest unknown: manifest unknown`);
  if (error.status === 429)
    return new BerthError('rate_limited', 'toomanyrequests: the registry takes no more pulls for now. Log in to it, or try again later.');
  return new BerthError('engine_failed', `The registry answered ${error.status} for ${shown}. Try again later.`);
}
