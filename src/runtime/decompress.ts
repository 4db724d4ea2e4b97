import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Decompress } from '../images/compression.ts';
import { programDecompress } from './program-decompress.ts';

/**
 * gzip and zstd by Node's zlib, the others by programs of this machine. Fails with zlib's own error for bytes that it cannot undo and for an end that comes too soon. Not by
 * Readable.compose(): of a stream cut short it sometimes tells nobody, and sometimes throws where nobody catches.
 */
export const decompress: Decompress = async function* (encoding, source) {
  if (encoding === 'xz' || encoding === 'bzip2') {
    yield* programDecompress(encoding, source);
    return;
  }
  const stream = encoding === 'gzip' ? createGunzip() : createZstdDecompress();
  // Also once nobody reads it any more.
  stream.on('error', () => {});
  pipeline(Readable.from(source, { objectMode: false }), stream, () => {});
  yield* stream;
};
