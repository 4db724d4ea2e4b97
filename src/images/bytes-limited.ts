import { BerthError } from '../domain/errors.ts';
import { bytesJoin } from './archive-bytes.ts';

/** All of a registry's answer, which nobody has checked yet. 'engine_failed' above `limit` bytes: then it is left unread. */
export async function bytesLimited(source: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    length += chunk.length;
    if (length > limit)
      throw new BerthError('engine_failed', `The registry sent a document of more than ${limit / 1024} KiB, which none needs to be.`);
    chunks.push(chunk);
  }
  return bytesJoin(chunks);
}
