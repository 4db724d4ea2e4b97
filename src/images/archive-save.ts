import { BerthError } from '../domain/errors.ts';
import type { OciDescriptor } from './archive-documents.ts';
import { indexParse } from './archive-documents.ts';
import { archiveRewrite, bytesRead, documentLimit } from './archive-rewrite.ts';
import { tarEnd } from './archive-tar-write.ts';

/**
 * Docker's `save`: an engine's archive, which it was asked for by image ids, with the tenant's own tags put in.
 * `tags` maps an image's config digest (sha256:…) to references as Docker shows them (`busybox:1`). 'engine_failed' when the
 * engine's archive is not what engines 20.10 and later write.
 */
export async function* archiveSaveRewrite(
  source: AsyncIterable<Uint8Array>,
  tags: ReadonlyMap<string, string[]>,
): AsyncGenerator<Uint8Array, void, undefined> {
  /** Path of an OCI manifest -> digest of the config it names. Manifests come before index.json, which is sorted after `blobs`. */
  const configs = new Map<string, string>();
  try {
    yield* archiveRewrite(source, {
      manifest: (items) => items.map((item) => ({ ...item, RepoTags: tags.get(digestOf(item.Config)) ?? null })),
      index: (bytes) => {
        const index = indexParse(bytes);
        const referencesOf = ({ digest }: OciDescriptor) => tags.get(configs.get(`blobs/${digest.replace(':', '/')}`) ?? '') ?? [];
        return { ...index, manifests: index.manifests.flatMap((descriptor) => tagged(descriptor, referencesOf(descriptor))) };
      },
      watch: ({ name, size }, content) =>
        size > documentLimit
          ? null
          : bytesRead(content).then((bytes) => {
              const config = configNamed(bytes);
              if (config !== null) configs.set(name, config);
            }),
    });
  } catch (cause) {
    if (cause instanceof BerthError && cause.code === 'malformed')
      throw new BerthError('engine_failed', 'The image could not be saved: its host sent an archive that cannot be read.', { cause });
    throw cause;
  }
  yield tarEnd();
}

/** An engine names a config by its digest: `<hex>.json`, or `blobs/sha256/<hex>` from 25 on. */
function digestOf(configPath: string): string {
  return `sha256:${/([0-9a-f]{64})(\.json)?$/.exec(configPath)?.[1]}`;
}

/** An OCI layout has a descriptor for each tag. */
function tagged(descriptor: OciDescriptor, references: string[]): OciDescriptor[] {
  if (references.length === 0) return [descriptor];
  return references.map((reference) => ({
    ...descriptor,
    annotations: {
      ...descriptor.annotations,
      'io.containerd.image.name': referenceFull(reference),
      'org.opencontainers.image.ref.name': reference.slice(reference.lastIndexOf(':') + 1),
    },
  }));
}

/** `busybox:1` -> `docker.io/library/busybox:1`, as containerd names it. */
function referenceFull(reference: string): string {
  const [first, ...rest] = reference.split('/');
  if (rest.length === 0) return `docker.io/library/${reference}`;
  return /[.:]/.test(first!) || first === 'localhost' ? reference : `docker.io/${reference}`;
}

/** The digest of the config that an OCI manifest names, or null when the file is something else. */
function configNamed(bytes: Uint8Array): string | null {
  if (bytes[0] !== 0x7b) return null;
  try {
    const digest = JSON.parse(new TextDecoder().decode(bytes))?.config?.digest;
    return typeof digest === 'string' ? digest : null;
  } catch {
    return null;
  }
}
