import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Decompress } from '../../../src/images/compression.ts';
import { archiveDecompress } from '../../../src/images/compression.ts';
import { collect, streamOf } from './tar-maker.ts';

const text = new TextEncoder().encode('layer '.repeat(50_000));
const cuts = [0, 1, 2, 3, 700, 701];

describe('a stream that may be compressed', () => {
  it('passes as it is when it is not', async () => {
    expect(await collect(archiveDecompress(streamOf(text, cuts)))).toEqual(text);
    expect(await collect(archiveDecompress(streamOf(text.subarray(0, 3), cuts)))).toEqual(text.subarray(0, 3));
    expect(await collect(archiveDecompress(streamOf(new Uint8Array(0))))).toHaveLength(0);
  });

  it('is read when it is gzip', async () => {
    expect(await collect(archiveDecompress(streamOf(new Uint8Array(gzipSync(text)), cuts)))).toEqual(text);
  });

  it('is read by what the runtime passes in', async () => {
    const seen: string[] = [];
    const decompress: Decompress = (encoding, source) => {
      seen.push(encoding);
      return source;
    };
    const zstd = new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3]);
    expect(await collect(archiveDecompress(streamOf(zstd, cuts), decompress))).toEqual(zstd);
    expect(seen).toEqual(['zstd']);
  });
});

describe('a stream that cannot be decompressed', () => {
  it.each([
    ['bzip2', [0x42, 0x5a, 0x68, 0x39]],
    ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd, 0]],
  ])('is refused by name: %s', async (name, head) => {
    await expect(collect(archiveDecompress(streamOf(new Uint8Array(head), cuts)))).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining(name),
    });
  });

  it('is refused when its gzip is cut or damaged', async () => {
    const gzip = new Uint8Array(gzipSync(text));
    await expect(collect(archiveDecompress(streamOf(gzip.subarray(0, 400))))).rejects.toMatchObject({ code: 'malformed' });
    await expect(collect(archiveDecompress(streamOf(gzip.fill(7, 20, 200))))).rejects.toMatchObject({ code: 'malformed' });
  });

  it('fails with the reason of its source when that failed', async () => {
    async function* broken() {
      yield new Uint8Array(gzipSync(text)).subarray(0, 200);
      throw new Error('connection lost');
    }
    await expect(collect(archiveDecompress(broken()))).rejects.toThrow('connection lost');
  });

  it('lets go of its source when nobody reads on', async () => {
    let released = false;
    const gzip = new Uint8Array(gzipSync(randomBytes(4_000_000)));
    async function* long() {
      try {
        for (let at = 0; at < gzip.length; at += 65_536) yield gzip.subarray(at, at + 65_536);
        expect.unreachable('it was read to its end');
      } finally {
        released = true;
      }
    }
    for await (const _ of archiveDecompress(long())) break;
    await expect.poll(() => released).toBe(true);
  });
});
