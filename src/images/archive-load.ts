import { BerthError } from '../domain/errors.ts';
import { configDiffIds } from './archive-config.ts';
import type { ManifestItem } from './archive-documents.ts';
import type { ArchiveSeen } from './archive-rewrite.ts';
import { archiveRewrite, bytesRead, documentLimit } from './archive-rewrite.ts';
import { tarEnd } from './archive-tar-write.ts';
import type { Decompress } from './compression.ts';
import { archiveDecompress } from './compression.ts';

export interface LoadedImage {
  /** sha256:… of the bytes of its config: the image's id. */
  configDigest: string;
  /** RepoTags, as the archive had them: unread text of the tenant's. */
  references: string[];
}

/** What a runtime has and the Web has not, or not everywhere. */
export interface ArchiveTools {
  /** A SHA-256 over chunks: node:crypto's, or a DigestStream on Workers. */
  sha256: () => { update(chunk: Uint8Array): unknown; hex(): string | Promise<string> };
  decompress?: Decompress;
}

/** Images in one archive: bounds what is remembered of configs before manifest.json has come. */
const imageLimit = 1000;

/**
 * Docker's `load` for a tenant: the stream for the engine carries no tag, and the tags come back as data. `source` may be
 * compressed. `images` resolves once `output` was read to its end, and never when that was not begun. A refusal ('malformed')
 * fails both before the archive's end marker is out, so an engine keeps nothing of it.
 *
 * Each layer is hashed on its way and must be what its config claims. An engine that has a layer of that digest does not look at
 * the archive's: without this, a tenant who knows the digests of another's image could load it with empty files.
 */
export function archiveLoadRewrite(
  source: AsyncIterable<Uint8Array>,
  tools: ArchiveTools,
): { output: AsyncIterable<Uint8Array>; images: Promise<LoadedImage[]> } {
  const { promise, resolve, reject } = Promise.withResolvers<LoadedImage[]>();
  promise.catch(() => {});
  async function* output(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      const contents = new ArchiveContents(tools);
      const seen = yield* archiveRewrite(archiveDecompress(source, tools.decompress), {
        ...untagging,
        watch: (file, content) => (file.size <= documentLimit ? contents.small(file.name, content) : contents.large(file.name, content)),
      });
      const images = contents.images(seen);
      yield tarEnd();
      resolve(images);
    } catch (refusal) {
      reject(refusal);
      throw refusal;
    } finally {
      reject(new BerthError('unavailable', 'The host stopped reading before the archive was complete. Try again.'));
    }
  }
  return { output: output(), images: promise };
}

/** An archive that one of our engines made, without its tags, for another of our engines. Its layers are not checked again. */
export async function* archiveUntag(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* archiveRewrite(source, { ...untagging, watch: () => null });
  yield tarEnd();
}

/** The OCI index goes too: by it an engine would take tags, and manifests of which the archive has not a byte. */
const untagging = { manifest: (items: ManifestItem[]): ManifestItem[] => items.map((item) => ({ ...item, RepoTags: null })), index: null };

/** Digests of all files of an archive, and what those that are image configs say. */
class ArchiveContents {
  readonly #tools: ArchiveTools;
  /** Path -> sha256:… of the file, decompressed when it is compressed, as layers are named. */
  readonly #digests = new Map<string, string>();
  /** Path of a config -> the layers it claims. */
  readonly #configs = new Map<string, string[]>();

  constructor(tools: ArchiveTools) {
    this.#tools = tools;
  }

  async large(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const hash = this.#tools.sha256();
    for await (const chunk of archiveDecompress(content, this.#tools.decompress)) await hash.update(chunk);
    this.#digests.set(name, `sha256:${await hash.hex()}`);
  }

  async small(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const bytes = await bytesRead(content);
    await this.large(name, oneChunk(bytes));
    const claimed = bytes[0] === 0x7b ? configDiffIds(bytes) : null;
    if (claimed === null) return;
    if (this.#configs.size >= imageLimit)
      throw new BerthError('malformed', `The archive has more than ${imageLimit} images. Save fewer at a time.`);
    this.#configs.set(name, claimed);
  }

  /** One for each config, with the tags of all its items. 'malformed' when an item is not what its config claims. */
  images({ manifest, tree }: ArchiveSeen): LoadedImage[] {
    const images = new Map<string, string[]>();
    for (const { Config, Layers, RepoTags } of manifest) {
      const claimed = this.#configs.get(Config);
      if (claimed === undefined)
        throw unloadable(
          `manifest.json names the config ${JSON.stringify(Config)}, which is not in it as a plain image config of at most 4 MiB`,
        );
      if (claimed.length !== Layers.length)
        throw unloadable(`manifest.json and the config ${JSON.stringify(Config)} differ in the number of layers`);
      for (const [i, layer] of Layers.entries()) {
        if (this.#digests.get(tree.resolve(layer)) !== claimed[i])
          throw unloadable(`the layer ${JSON.stringify(layer)} is missing, or not the one that its image was made with`);
      }
      const digest = this.#digests.get(Config)!;
      images.set(digest, [...(images.get(digest) ?? []), ...(RepoTags ?? [])]);
    }
    return [...images].map(([configDigest, references]) => ({ configDigest, references }));
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

function unloadable(why: string): BerthError {
  return new BerthError('malformed', `The archive cannot be loaded: ${why}.`);
}
