import { tarPadding } from './archive-tar.ts';
import { tarEnd, tarHeader } from './archive-tar-write.ts';
import { archiveDecompress, type Decompress } from './compression.ts';
import type { ProgressLine } from './progress.ts';
import type { Descriptor, ImageManifest } from './registry-manifest.ts';

export interface ArchiveSource extends ImageManifest {
  configBytes: Uint8Array;
  /** A blob's checked bytes; may be asked twice for the same one. */
  blob: (descriptor: Descriptor) => AsyncIterable<Uint8Array>;
  decompress?: Decompress | undefined;
  /** How the download gets on, in Docker's words. */
  tell: (line: ProgressLine) => void;
}

/** At most one line about a download in this time, in milliseconds, as engines do it. */
const tellMs = 100;

/**
 * An image as `docker save` would have written it, made while its blobs arrive. A compressed layer passes as it is, except zstd, which
 * engines before 23 cannot read; a tar wants the length first, so such a layer is fetched twice: once to learn its length.
 */
export async function* registryArchive(source: ArchiveSource): AsyncGenerator<Uint8Array, void, undefined> {
  const { config, layers, configBytes, blob, tell } = source;
  const Config = `${hexOf(config)}.json`;
  const Layers = layers.map(layerPath);
  yield* file('manifest.json', new TextEncoder().encode(JSON.stringify([{ Config, RepoTags: null, Layers }])));
  yield* file(Config, configBytes);
  // An image may have the same layer twice; an archive has no file twice.
  const distinct = [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
  for (const layer of distinct) tell({ status: 'Pulling fs layer', progressDetail: {}, id: layerId(layer) });
  for (const layer of distinct) {
    const content = layer.mediaType.endsWith('zstd') ? () => archiveDecompress(blob(layer), source.decompress) : null;
    const size = content === null ? layer.size : await lengthOf(content());
    yield tarHeader({ kind: 'file', name: layerPath(layer), target: '', size, mtime: 0 });
    let current = 0;
    let told = 0;
    for await (const chunk of content === null ? blob(layer) : content()) {
      yield chunk;
      current += chunk.length;
      const now = Date.now();
      if (now - told < tellMs) continue;
      told = now;
      tell({ status: 'Downloading', progressDetail: { current, total: size }, id: layerId(layer) });
    }
    yield new Uint8Array(tarPadding(size));
    tell({ status: 'Download complete', progressDetail: {}, id: layerId(layer) });
  }
  yield tarEnd();
}

/** Docker's short name of a layer in its progress. */
export function layerId(layer: Descriptor): string {
  return hexOf(layer).slice(0, 12);
}

function layerPath(layer: Descriptor): string {
  return `${hexOf(layer)}/layer.tar`;
}

function hexOf({ digest }: Descriptor): string {
  return digest.slice('sha256:'.length);
}

function* file(name: string, content: Uint8Array): Generator<Uint8Array> {
  yield tarHeader({ kind: 'file', name, target: '', size: content.length, mtime: 0 });
  yield content;
  yield new Uint8Array(tarPadding(content.length));
}

async function lengthOf(source: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const chunk of source) length += chunk.length;
  return length;
}
