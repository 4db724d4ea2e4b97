import type { TenantScope } from '../db/scope.ts';
import { type ImageRow, imageReferenceSet } from '../db/store/image.ts';
import { BerthError } from '../domain/errors.ts';
import type { EngineImageInspect } from '../engine/inspect-types.ts';
import { ArchiveLayers, type LayerFound } from '../images/archive-layers.ts';
import { gzipCompress } from '../images/compression.ts';
import { digestOf } from '../images/digest.ts';
import type { ProgressLine } from '../images/progress.ts';
import { ProgressQueue } from '../images/progress-queue.ts';
import type { Descriptor } from '../images/registry-manifest.ts';
import { pushLine, pushManifest } from '../images/registry-push.ts';
import { RegistryRefusal } from '../images/registry-request.ts';
import { RegistryUpload } from '../images/registry-upload.ts';
import { type ImageReference, imageReferenceParse } from '../policy/image-reference.ts';
import { registryAddressRefuse } from '../policy/registry-address.ts';
import type { App } from './context.ts';
import { eventOfImage, eventTell } from './event-tell.ts';
import { imageArchiveGet } from './image-archive-get.ts';
import { imageFind } from './image-find.ts';
import { imageNamesById } from './image-names.ts';
import { imageHolder } from './image-save.ts';
import { layerKnown, layerRemember } from './layer-memory.ts';
import { registryCredentialFor } from './registry-credential.ts';

const deadlineMs = 2 * 3600_000;
const tellMs = 100;

/** `tag` '': all tags of the repository. `registryAuth`: as the client sent it, already read. */
export interface PushRequest {
  image: string;
  tag: string;
  registryAuth: string | null;
}

type Blob = Pick<Descriptor, 'digest' | 'size'>;

/**
 * Pushes with the tenant's own right. Berth sends every layer itself, as it pulls by itself: an engine would send the credential, resolve
 * names and follow the registry where it leads. Layers that the registry is known to have are not sent again. Throws, in Docker's words
 * (moby, distribution/push_v2.go), before the first line; a failure after that is thrown from the lines.
 */
export async function imagePush(
  app: App,
  scope: TenantScope,
  request: PushRequest,
  signal: AbortSignal,
): Promise<AsyncIterable<ProgressLine>> {
  const name = imageReferenceParse(request.image);
  if (name.digest !== null) throw new BerthError('malformed', 'cannot push a digest reference');
  const targets = await pushTargets(app, scope, name, request);
  registryAddressRefuse(name.registry, app.registriesAllowed);
  const credential = await registryCredentialFor(app, scope, name.registry, request.registryAuth);
  const leaving = new AbortController();
  const ending = AbortSignal.any([signal, leaving.signal, AbortSignal.timeout(deadlineMs)]);
  const access = { fetch: app.registryFetch, sha256: app.archiveTools.sha256, registry: name.registry, credential, signal: ending };
  const upload = new RegistryUpload(access, name.repository);
  return (async function* () {
    yield { status: `The push refers to repository [${name.registry}/${name.repository}]` };
    try {
      for (const { tag, image } of targets) {
        const queue = new ProgressQueue();
        const work = imageSend(app, scope, { name, tag, image, upload, queue, signal: ending }).finally(() => queue.end());
        work.catch(() => {});
        yield* queue.lines();
        await work;
      }
    } catch (error) {
      throw pushFailure(error, credential === null);
    } finally {
      leaving.abort();
    }
    const shown = imageReferenceParse(`${name.registry}/${name.repository}`).familiar();
    await eventTell(app, scope, ...targets.map(({ tag, image }) => eventOfImage('push', `${shown}:${tag}`, shown, image.document)));
    await app.bus.barrier();
  })();
}

async function pushTargets(
  app: App,
  scope: TenantScope,
  name: ImageReference,
  { image: shown, tag }: PushRequest,
): Promise<{ tag: string; image: ImageRow }[]> {
  const base = `${name.registry}/${name.repository}`;
  if (tag !== '' || name.tag !== null) {
    const wanted = name.tag ?? tag;
    const image = await imageFind(scope, `${base}:${wanted}`).catch((error) => {
      if (!(error instanceof BerthError && error.code === 'not_found')) throw error;
      throw new BerthError('not_found', `An image does not exist locally with the tag: ${shown}`);
    });
    return [{ tag: wanted, image }];
  }
  const targets: { tag: string; image: ImageRow }[] = [];
  for (const [id, names] of await imageNamesById(app, scope)) {
    for (const text of names) {
      const other = imageReferenceParse(text);
      if (other.tag !== null && `${other.registry}/${other.repository}` === base)
        targets.push({ tag: other.tag, image: await imageFind(scope, id) });
    }
  }
  if (targets.length === 0) throw new BerthError('not_found', `An image does not exist locally with the tag: ${shown}`);
  return targets.sort((a, b) => (a.tag < b.tag ? -1 : 1));
}

interface Push {
  name: ImageReference;
  tag: string;
  image: ImageRow;
  upload: RegistryUpload;
  queue: ProgressQueue;
  signal: AbortSignal;
}

async function imageSend(app: App, scope: TenantScope, push: Push): Promise<void> {
  const { name, tag, image, upload, queue } = push;
  const diffIds = (image.document as EngineImageInspect).RootFS.Layers ?? [];
  for (const diffId of diffIds) queue.tell(pushLine(diffId, 'Preparing'));
  const there = new Map<string, Blob>();
  for (const diffId of new Set(diffIds)) {
    const blob = await layerThere(scope, push, diffId);
    if (blob) there.set(diffId, blob);
  }
  const config = await configThere(scope, push);
  const missing = new Set(diffIds.filter((diffId) => !there.has(diffId)));
  const sent = config && missing.size === 0 ? { config, blobs: there } : await archiveSend(app, scope, push, { diffIds, there, missing });
  const manifest = pushManifest(
    sent.config,
    diffIds.map((diffId) => sent.blobs.get(diffId) as Blob),
  );
  await upload.manifest(tag, manifest.mediaType, manifest.body);
  const bytes = new TextEncoder().encode(manifest.body);
  const digest = await digestOf(app.archiveTools, bytes);
  await imageReferenceSet(scope, `${name.registry}/${name.repository}@${digest}`, 'digest', image.id);
  queue.tell({ status: `${tag}: digest: ${digest} size: ${bytes.length}` });
  queue.tell({ progressDetail: {}, aux: { Tag: tag, Digest: digest, Size: bytes.length } });
}

/** The registry has it, or takes it over from another of its repositories where the tenant has it. */
async function layerThere({ tenantId }: TenantScope, { name, upload, queue }: Push, diffId: string): Promise<Blob | null> {
  const known = layerKnown(tenantId, diffId, name.registry);
  if (!known) return null;
  if (await upload.has(known.blob.digest)) {
    queue.tell(pushLine(diffId, 'Layer already exists'));
    layerRemember(tenantId, diffId, known.blob, name);
    return known.blob;
  }
  const from = known.repositories.find((repository) => repository !== name.repository);
  if (from === undefined || !(await upload.mount(known.blob.digest, from))) return null;
  queue.tell(
    pushLine(diffId, `Mounted from ${imageReferenceParse(`${name.registry}/${from}`).familiar().replace(`${name.registry}/`, '')}`),
  );
  layerRemember(tenantId, diffId, known.blob, name);
  return known.blob;
}

async function configThere({ tenantId }: TenantScope, { name, image, upload }: Push): Promise<Blob | null> {
  const known = layerKnown(tenantId, image.id, name.registry);
  return known && (await upload.has(image.id)) ? known.blob : null;
}

interface Sending {
  diffIds: string[];
  there: ReadonlyMap<string, Blob>;
  missing: ReadonlySet<string>;
}

/**
 * Sends what is missing, out of the archive that a host makes of the image. Which layer is which shows only in their content where engines
 * are older than 25: so when some need not be sent, the archive is read once before to learn their names.
 */
async function archiveSend(
  app: App,
  scope: TenantScope,
  push: Push,
  { diffIds, there, missing }: Sending,
): Promise<{ config: Blob; blobs: Map<string, Blob> }> {
  const { image, upload, queue, name } = push;
  const wanted = { config: image.id, layers: new Set(diffIds) };
  const open = async () => new ArchiveLayers(await imageArchive(app, push), wanted, app.archiveTools.sha256);
  const blobs = new Map(there);
  const names = new Map<string, string>();
  let archive = await open();
  if (there.size > 0) {
    for await (const layer of archive.layers()) {
      for await (const _ of layer.content);
      names.set(layer.name, layer.read());
    }
    if (missing.size > 0) archive = await open();
  }
  if (missing.size > 0) {
    for await (const layer of archive.layers()) {
      const diffId = names.get(layer.name) ?? layer.diffId;
      if (diffId !== null && !missing.has(diffId)) for await (const _ of layer.content);
      else await layerSend(layer, diffId);
    }
  }
  const config = await upload.send(once(archive.config));
  layerRemember(scope.tenantId, image.id, config, name);
  return { config, blobs };

  async function layerSend(layer: LayerFound, diffId: string | null): Promise<void> {
    let told = 0;
    let current = 0;
    const content = (async function* () {
      for await (const chunk of layer.content) {
        yield chunk;
        current += chunk.length;
        const now = Date.now();
        if (diffId === null || now - told < tellMs) continue;
        told = now;
        queue.tell(pushLine(diffId, 'Pushing', { current, total: layer.size }));
      }
    })();
    const blob = await upload.send(gzipCompress(content));
    const read = layer.read();
    blobs.set(read, blob);
    layerRemember(scope.tenantId, read, blob, name);
    queue.tell(pushLine(read, 'Pushed'));
  }
}

async function imageArchive(app: App, { image, signal }: Push): Promise<AsyncIterable<Uint8Array>> {
  return imageArchiveGet(app, await imageHolder(app, image), [image.id], signal);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function pushFailure(error: unknown, anonymous: boolean): unknown {
  if (!(error instanceof RegistryRefusal)) return error;
  if (error.status === 401)
    return new BerthError('unauthenticated', anonymous ? 'no basic auth credentials' : 'unauthorized: authentication required');
  if (error.status === 403 || error.code === 'DENIED')
    return new BerthError('refused', 'denied: requested access to the resource is denied');
  if (error.status === 413 || error.code === 'SIZE_INVALID')
    return new BerthError('too_large', 'The registry does not take a layer of this size.');
  if (error.status === 429)
    return new BerthError('rate_limited', 'toomanyrequests: the registry takes no more pushes for now. Try again later.');
  return new BerthError('engine_failed', `The registry answered ${error.status} to the push. Try again later, or ask whoever runs it.`);
}
