import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decompress } from '../../src/runtime/decompress.ts';

/** Not to be packed into a few bytes. */
const text = createHash('shake256', { outputLength: 100_000 }).update('seed').digest();
const packed = { gzip: gzipSync(text), zstd: zstdCompressSync(text) };

/** In pieces of 50 bytes; `closed` once nobody wants more of it. */
function sourceOf(bytes: Uint8Array, failure?: Error) {
  const source = { closed: false, chunks: chunks() };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (let at = 0; at < bytes.length; at += 50) yield bytes.subarray(at, at + 50);
      if (failure) throw failure;
    } finally {
      source.closed = true;
    }
  }
  return source;
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each(['gzip', 'zstd'] as const)('what is packed with %s', (encoding) => {
  it('comes out as it went in', async () => {
    expect(await collect(decompress(encoding, sourceOf(packed[encoding]).chunks))).toEqual(text);
  });

  it.each([1, 5, 6, 20, 60, -1, -5])('fails when it ends too soon, at byte %i', async (at) => {
    const source = sourceOf(packed[encoding].subarray(0, at));
    await expect(collect(decompress(encoding, source.chunks))).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
  });

  it('fails with what its source failed with', async () => {
    const source = sourceOf(packed[encoding].subarray(0, 20), new Error('the line broke'));
    await expect(collect(decompress(encoding, source.chunks))).rejects.toThrow('the line broke');
  });

  it('lets its source go when nobody wants more', async () => {
    const source = sourceOf(packed[encoding]);
    for await (const _ of decompress(encoding, source.chunks)) break;
    await expect.poll(() => source.closed).toBe(true);
  });
});
