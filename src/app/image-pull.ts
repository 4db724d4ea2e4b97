import type { TenantScope } from '../db/scope.ts';
import { imageByPrefix, imageByReference, imageHosts, imageReferenceSet } from '../db/store/image.ts';
import { BerthError } from '../domain/errors.ts';
import { configDiffIds } from '../images/archive-config.ts';
import type { ProgressLine } from '../images/progress.ts';
import { ProgressQueue } from '../images/progress-queue.ts';
import { layerId, registryArchive } from '../images/registry-archive.ts';
import { RegistryClient } from '../images/registry-client.ts';
import { type RegistryImage, registryBlobRead, registryConfigRead, registryImageFind } from '../images/registry-image.ts';
import { type ImageReference, imageReferenceParse } from '../policy/image-reference.ts';
import { registryAddressRefuse } from '../policy/registry-address.ts';
import type { App } from './context.ts';
import { eventOfImage, eventTell } from './event-tell.ts';
import { imageAdopt } from './image-adopt.ts';
import { imageArchiveSend } from './image-archive-send.ts';
import { engineHasImage } from './image-ensure.ts';
import { imageHistoryKeep } from './image-history-exact.ts';
import { imageHostChoose } from './image-host.ts';
import { layerRemember } from './layer-memory.ts';
import { registryCredentialFor } from './registry-credential.ts';

export interface PullRequest {
  /** `docker.io/library/busybox`, without tag. */
  image: string;
  /** A tag or a digest; '': what `image` says, else `latest`. */
  tag: string;
  /** `linux/arm64`, or null. */
  platform: string | null;
  /** The registry credential as Docker encodes it, already read. */
  registryAuth: string | null;
}

const pullDeadlineMs = 30 * 60_000;

/**
 * Pulls with the tenant's own right, whatever is cached: the registry is asked each time. Berth fetches every layer itself and loads them as
 * an archive that is checked on its way. An engine's own pull would skip a layer that it has by digest, and so give a tenant whose registry
 * merely names the layers of another's image that image's files. The answer begins when the registry has the manifest; the tenant's name
 * points at the image when the lines end. Throws `refused` for a registry that is not on the internet.
 */
export async function imagePull(
  app: App,
  scope: TenantScope,
  request: PullRequest,
  signal: AbortSignal,
): Promise<AsyncIterable<ProgressLine>> {
  const pull = await imagePullBegin(app, scope, request, signal);
  return (async function* () {
    yield* pull.lines;
    yield await imagePullEnd(app, scope, pull.reference.familiar(), pull);
  })();
}

/** Tells of a pull that is done, and returns its last line. `shown`: what was asked for. */
export async function imagePullEnd(
  app: App,
  scope: TenantScope,
  shown: string,
  { reference, image, newer }: Pick<PullBegun, 'reference' | 'image' | 'newer'>,
): Promise<ProgressLine> {
  const [pulled] = await imageByPrefix(scope, image.config.digest.slice('sha256:'.length));
  await eventTell(app, scope, eventOfImage('pull', shown, familiarRepository(reference), pulled?.document));
  await app.bus.barrier();
  return { status: `Status: ${newer ? 'Downloaded newer image' : 'Image is up to date'} for ${shown}` };
}

export interface PullBegun {
  reference: ImageReference;
  image: RegistryImage;
  /** The tenant's name led elsewhere before. */
  newer: boolean;
  /** The pull, up to its digest. */
  lines: AsyncIterable<ProgressLine>;
}

export async function imagePullBegin(app: App, scope: TenantScope, request: PullRequest, signal: AbortSignal): Promise<PullBegun> {
  const reference = pullReference(request);
  registryAddressRefuse(reference.registry, app.registriesAllowed);
  const hostId = await imageHostChoose(app, scope, request.platform?.split('/')[1] ?? null);
  const leaving = new AbortController();
  const ending = AbortSignal.any([signal, leaving.signal, AbortSignal.timeout(pullDeadlineMs)]);
  const client = new RegistryClient({
    ...{ fetch: app.registryFetch, sha256: app.archiveTools.sha256, registry: reference.registry },
    credential: await registryCredentialFor(app, scope, reference.registry, request.registryAuth),
    signal: ending,
  });
  const image = await registryImageFind(client, reference, platformOf(app, hostId, request.platform));
  const known = await imageHeld(app, scope, image.config.digest);
  const [{ name } = { name: '' }] = namesOf(reference, image);
  const pulledBefore = known && (await imageByReference(scope, name))?.id === image.config.digest;
  const configBytes = known ? null : await registryConfigRead(client, reference, image, request.platform);
  const lines = (async function* () {
    yield { status: `Pulling from ${reference.repository}`, id: reference.digest ?? reference.tag ?? '' };
    try {
      if (configBytes === null) await namesSet(scope, reference, image);
      else yield* download(app, scope, { hostId, reference, image, configBytes, client, signal: ending });
    } finally {
      leaving.abort();
    }
    yield { status: `Digest: ${image.digest}` };
  })();
  return { reference, image, newer: !pulledBefore, lines };
}

interface Download {
  hostId: string;
  reference: ImageReference;
  image: RegistryImage;
  configBytes: Uint8Array;
  client: RegistryClient;
  signal: AbortSignal;
}

/** The registry's blobs go to the engine while the lines about them go to the tenant. */
async function* download(app: App, scope: TenantScope, pull: Download): AsyncGenerator<ProgressLine, void, undefined> {
  const { hostId, reference, image, configBytes, client, signal } = pull;
  const queue = new ProgressQueue();
  const archive = registryArchive({
    ...{ ...image, configBytes, decompress: app.archiveTools.decompress, tell: (line) => queue.tell(line) },
    blob: (descriptor) => registryBlobRead(client, reference, descriptor),
  });
  const work = (async () => {
    const { lines, loaded } = await imageArchiveSend(app, hostId, archive, true, signal);
    for await (const { error } of lines) if (error !== undefined) throw new BerthError('engine_failed', error);
    const [found] = await loaded;
    if (!found)
      throw new BerthError('engine_failed', 'The host did not take the image. Try again; if it happens again, tell your operator.');
    await imageAdopt(app, scope, hostId, found.configDigest, namesOf(reference, image));
    await imageHistoryKeep(app, found.configDigest, configBytes);
    const diffIds = configDiffIds(configBytes) ?? [];
    for (const [i, layer] of image.layers.entries())
      if (layer.mediaType.endsWith('gzip')) layerRemember(scope.tenantId, diffIds[i] ?? '', layer, reference);
    for (const layer of image.layers) queue.tell({ status: 'Pull complete', progressDetail: {}, id: layerId(layer) });
  })()
    .catch(pullFailure)
    .finally(() => queue.end());
  work.catch(() => {});
  yield* queue.lines();
  await work;
}

/** What is wrong with the archive that we made is wrong with the image. */
function pullFailure(error: unknown): never {
  if (!(error instanceof BerthError) || error.code !== 'malformed') throw error;
  throw new BerthError('engine_failed', `The image cannot be pulled. ${error.message}`, { cause: error });
}

function namesOf({ registry, repository, tag, digest }: ImageReference, image: RegistryImage): { name: string; kind: 'tag' | 'digest' }[] {
  const base = `${registry}/${repository}`;
  return [
    ...(digest === null ? [{ name: `${base}:${tag}`, kind: 'tag' as const }] : []),
    { name: `${base}@${image.digest}`, kind: 'digest' as const },
  ];
}

async function namesSet(scope: TenantScope, reference: ImageReference, image: RegistryImage): Promise<void> {
  for (const { name, kind } of namesOf(reference, image)) await imageReferenceSet(scope, name, kind, image.config.digest);
}

/** The tenant has a right to the image already, and a host in reach still has it. */
async function imageHeld(app: App, scope: TenantScope, imageId: string): Promise<boolean> {
  const [granted] = await imageByPrefix(scope, imageId.slice('sha256:'.length));
  if (!granted) return false;
  for (const hostId of await imageHosts(app.system, imageId)) {
    const host = app.fleet.host(hostId);
    if (host?.watch.live && (await engineHasImage(host.watch.engine, imageId).catch(() => false))) return true;
  }
  return false;
}

/** Without its tag. */
function familiarRepository({ registry, repository }: ImageReference): string {
  return imageReferenceParse(`${registry}/${repository}`).familiar();
}

/** An image is for the machine that it goes to, unless another is asked for. */
function platformOf(app: App, hostId: string, asked: string | null): string {
  if (asked?.includes('/')) return asked;
  return `linux/${app.fleet.host(hostId)?.row.architecture || 'amd64'}`;
}

function pullReference({ image, tag }: PullRequest): ImageReference {
  const name = imageReferenceParse(image);
  if (tag !== '') {
    if (name.tag !== null || name.digest !== null)
      throw new BerthError('malformed', 'The image already has a tag or digest: leave the parameter tag out.');
    return imageReferenceParse(tag.includes(':') ? `${image}@${tag}` : `${image}:${tag}`);
  }
  return name.tag === null && name.digest === null ? imageReferenceParse(`${image}:latest`) : name;
}
