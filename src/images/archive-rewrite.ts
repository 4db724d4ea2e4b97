import { BerthError } from '../domain/errors.ts';
import { bytesJoin } from './archive-bytes.ts';
import type { ManifestItem } from './archive-documents.ts';
import { manifestParse } from './archive-documents.ts';
import { ByteRelay } from './archive-relay.ts';
import type { TarEntry } from './archive-tar.ts';
import { tarPadding } from './archive-tar.ts';
import { TarReader } from './archive-tar-read.ts';
import { tarHeader } from './archive-tar-write.ts';
import { ArchiveTree } from './archive-tree.ts';
import { compressionOf } from './compression.ts';

/** Largest manifest.json, index.json or image config, in bytes. */
export const documentLimit = 4 * 1024 * 1024;

export interface ArchiveRewriting {
  manifest(items: ManifestItem[]): ManifestItem[];
  /** The new content of the OCI layout's index.json; null leaves the layout out and manifest.json as the only word on what the images are. */
  index: ((bytes: Uint8Array) => unknown) | null;
  /** Reads a file's content while it passes; a rejection is a refusal of the archive. null lets the file pass unread. */
  watch(file: TarEntry, content: AsyncIterable<Uint8Array>): Promise<void> | null;
}

export interface ArchiveSeen {
  tree: ArchiveTree;
  /** What manifest.json said before it was rewritten. */
  manifest: ManifestItem[];
}

/**
 * The archive of one or more images with its documents written anew, up to but without the end marker, so that the caller can
 * still refuse: an engine discards an archive that does not end. Every header is written by us from what was understood of it,
 * so no second reading of the tenant's header is possible; contents pass as they come. `repositories` is left out, since only
 * engines before 1.10 read it.
 */
export async function* archiveRewrite(
  source: AsyncIterable<Uint8Array>,
  rewriting: ArchiveRewriting,
): AsyncGenerator<Uint8Array, ArchiveSeen, undefined> {
  const reader = new TarReader(source);
  const tree = new ArchiveTree();
  let manifest: ManifestItem[] | null = null;
  let first = true;

  function documentRewrite(name: string, bytes: Uint8Array): Uint8Array | null {
    if (name === 'manifest.json') {
      manifest = manifestParse(bytes);
      return jsonBytes(rewriting.manifest(manifest));
    }
    if (name === 'repositories' || rewriting.index === null) return null;
    return name === 'index.json' ? jsonBytes(rewriting.index(bytes)) : bytes;
  }

  try {
    for (let read = await reader.next(); read !== null; read = await reader.next()) {
      const entry = tree.add(read);
      if (entry === null) continue;
      if (documentNames.has(entry.name)) {
        const document = documentRewrite(entry.name, await documentRead(reader, entry));
        if (document === null) continue;
        yield tarHeader({ ...entry, size: document.length });
        yield document;
        yield new Uint8Array(tarPadding(document.length));
      } else {
        const header = tarHeader(entry);
        // The engine guesses a compression from the first bytes, and those are a name of the tenant's choice.
        if (first && compressionOf(header) !== null)
          throw new BerthError('malformed', 'The archive cannot be loaded: the name of its first entry looks like compressed data.');
        yield header;
        if (entry.kind === 'file') yield* contentPass(reader, entry, rewriting);
      }
      first = false;
    }
  } finally {
    await reader.close();
  }
  if (manifest === null) {
    throw new BerthError(
      'malformed',
      'The archive has no manifest.json. Make it with docker save; for a file system without an image use docker import.',
    );
  }
  return { tree, manifest };
}

const documentNames: ReadonlySet<string> = new Set(['manifest.json', 'repositories', 'index.json', 'oci-layout']);

async function documentRead(reader: TarReader, entry: TarEntry): Promise<Uint8Array> {
  if (entry.size > documentLimit) throw new BerthError('malformed', `The archive cannot be loaded: its ${entry.name} is above 4 MiB.`);
  return bytesRead(reader.content(entry));
}

async function* contentPass(reader: TarReader, entry: TarEntry, rewriting: ArchiveRewriting): AsyncGenerator<Uint8Array, void, undefined> {
  const relay = new ByteRelay();
  const watching = rewriting.watch(entry, relay.read());
  watching?.catch(() => {});
  try {
    for await (const chunk of reader.content(entry)) {
      if (watching) await relay.give(chunk);
      yield chunk;
    }
    relay.end();
    await watching;
  } finally {
    relay.fail(new BerthError('unavailable', 'The archive was not read to its end.'));
  }
  yield new Uint8Array(tarPadding(entry.size));
}

/** All of a content that is known to be small. */
export async function bytesRead(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  // Copies, since whoever takes a chunk after us may transfer its memory.
  for await (const chunk of content) chunks.push(chunk.slice());
  return bytesJoin(chunks);
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
