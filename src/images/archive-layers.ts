import { BerthError } from '../domain/errors.ts';
import type { ArchiveTools } from './archive-load.ts';
import { bytesRead, documentLimit } from './archive-rewrite.ts';
import type { TarEntry } from './archive-tar.ts';
import { TarReader } from './archive-tar-read.ts';
import { digestOf } from './digest.ts';

/** What is wanted of an image, by digest: sha256:… */
export interface LayersWanted {
  config: string;
  /** Of the layers as they are unpacked: diff ids. */
  layers: ReadonlySet<string>;
}

export interface LayerFound {
  /** Its place in the archive. */
  name: string;
  /** null: it is known when the content was read. */
  diffId: string | null;
  size: number;
  /** Must be read to its end. Fails there when it is none of what is wanted. */
  content: AsyncIterable<Uint8Array>;
  /** Once the content was read. */
  read(): string;
}

/**
 * Reads one image out of an engine's own archive, as it comes: each layer once, the config at the end. Engines up to 24 write
 * `<id>/layer.tar` and `<config>.json`, later ones `blobs/sha256/<digest>` for both. Throws 'engine_failed' for an archive that is not
 * of the image.
 */
export class ArchiveLayers {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #wanted: LayersWanted;
  readonly #sha256: ArchiveTools['sha256'];
  #config: Uint8Array | null = null;

  constructor(source: AsyncIterable<Uint8Array>, wanted: LayersWanted, sha256: ArchiveTools['sha256']) {
    this.#source = source;
    this.#wanted = wanted;
    this.#sha256 = sha256;
  }

  /** The config's own bytes, after the layers. */
  get config(): Uint8Array {
    if (this.#config === null) throw unfit('has no config');
    return this.#config;
  }

  async *layers(): AsyncGenerator<LayerFound, void, undefined> {
    const reader = new TarReader(this.#source);
    const seen = new Set<string>();
    try {
      for (let entry = await reader.next(); entry !== null; entry = await reader.next()) {
        const digest = digestNamed(entry.name);
        if (entry.kind !== 'file') continue;
        if (digest === this.#wanted.config) await this.#configRead(reader, entry);
        else if (entry.name.endsWith('/layer.tar') || (digest !== null && this.#wanted.layers.has(digest))) {
          const layer = this.#layer(reader, entry, digest);
          yield layer;
          seen.add(layer.read());
        } else for await (const _ of reader.content(entry));
      }
    } finally {
      await reader.close();
    }
    for (const layer of this.#wanted.layers) if (!seen.has(layer)) throw unfit('lacks a layer');
  }

  #layer(reader: TarReader, entry: TarEntry, diffId: string | null): LayerFound {
    const { name, size } = entry;
    const hash = this.#sha256();
    const wanted = this.#wanted.layers;
    let found: string | null = null;
    const content = (async function* () {
      for await (const chunk of reader.content(entry)) {
        await hash.update(chunk);
        yield chunk;
      }
      found = `sha256:${await hash.hex()}`;
      if (!wanted.has(found)) throw unfit('has a layer that is not one of the image');
    })();
    return {
      ...{ name, diffId, size, content },
      read() {
        if (found === null) throw new Error('a layer was not read to its end');
        return found;
      },
    };
  }

  async #configRead(reader: TarReader, entry: TarEntry): Promise<void> {
    if (entry.size > documentLimit) throw unfit('has a config that is too large');
    this.#config = await bytesRead(reader.content(entry));
    if ((await digestOf({ sha256: this.#sha256 }, this.#config)) !== this.#wanted.config) throw unfit('has another config');
  }
}

function digestNamed(name: string): string | null {
  const hex = /^(?:blobs\/sha256\/)?([0-9a-f]{64})(?:\.json)?$/.exec(name)?.[1];
  return hex === undefined ? null : `sha256:${hex}`;
}

function unfit(what: string): BerthError {
  return new BerthError('engine_failed', `The image cannot be pushed: the archive of its host ${what}. Pull or load it again.`);
}
