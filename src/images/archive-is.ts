import { BerthError } from '../domain/errors.ts';
import { blockSize, tarChecksum } from './archive-tar.ts';
import { numberRead } from './archive-tar-read.ts';
import { archiveDecompress, type Decompress } from './compression.ts';

/** Whether a file is a tar, be it compressed: it begins with a header whose checksum is right, and not with the end of one. */
export async function archiveIs(content: AsyncIterable<Uint8Array>, decompress: Decompress | undefined): Promise<boolean> {
  const head = new Uint8Array(blockSize);
  let filled = 0;
  try {
    for await (const chunk of archiveDecompress(content, decompress)) {
      head.set(chunk.subarray(0, blockSize - filled), filled);
      filled += Math.min(chunk.length, blockSize - filled);
      if (filled === blockSize) break;
    }
    if (filled < blockSize || head.every((byte) => byte === 0)) return false;
    return numberRead(head, 148, 8, 'a checksum') === tarChecksum(head);
  } catch (error) {
    if (error instanceof BerthError && error.code === 'malformed') return false;
    throw error;
  }
}
