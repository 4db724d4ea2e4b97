import { BerthError } from '../domain/errors.ts';
import { bytesJoin } from './archive-bytes.ts';

export type Compression = 'gzip' | 'zstd' | 'bzip2' | 'xz';

/** Undoes a compression, or throws `malformed` for one that it cannot. A runtime that can more passes its own; see `webDecompress` for what each has. */
export type Decompress = (encoding: Compression, source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

const magics: [Compression, number[]][] = [
  ['gzip', [0x1f, 0x8b, 0x08]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
];
const magicLength = 5;

/** The compression that an engine would guess from the first bytes of a stream, or null. */
export function compressionOf(head: Uint8Array): Compression | null {
  return magics.find(([, magic]) => magic.every((byte, i) => head[i] === byte))?.[0] ?? null;
}

/** The stream as it is, or decompressed when its first bytes say so. 'malformed' for what cannot be undone. */
export async function* archiveDecompress(
  source: AsyncIterable<Uint8Array>,
  decompress: Decompress = webDecompress,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    const head: Uint8Array[] = [];
    let length = 0;
    while (length < magicLength) {
      const next = await iterator.next();
      if (next.done) break;
      head.push(next.value);
      length += next.value.length;
    }
    if (length === 0) return;
    const start = bytesJoin(head);
    const compression = compressionOf(start);
    const whole = startThen(start, iterator);
    if (compression === null) yield* whole;
    else yield* damageTold(compression, decompress(compression, whole));
  } finally {
    await iterator.return?.();
  }
}

async function* startThen(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** What zlib says of bytes that it cannot undo, in our words; what the source itself failed with stays. */
async function* damageTold(compression: Compression, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* source;
  } catch (cause) {
    if (!/^Z(STD)?_/.test(String((cause as { code?: unknown } | null)?.code))) throw cause;
    throw damaged(compression, cause);
  }
}

/** gzip by the Web's CompressionStream. The same bytes in come out the same again. */
export async function* gzipCompress(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* throughStream(source, new CompressionStream('gzip'), (cause) => cause);
}

/** gzip by the Web's DecompressionStream. */
async function* webDecompress(encoding: Compression, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  if (encoding !== 'gzip') throw unread(encoding);
  yield* throughStream(source, new DecompressionStream('gzip'), (cause) => damaged(encoding, cause));
}

/** `broken`: what to throw for a failure that is not the source's own. */
async function* throughStream(
  source: AsyncIterable<Uint8Array>,
  stream: CompressionStream | DecompressionStream,
  broken: (cause: unknown) => unknown,
): AsyncGenerator<Uint8Array, void, undefined> {
  const feeding = feed(source, stream.writable.getWriter());
  const reader = stream.readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw broken(cause);
      });
      if (done) break;
      yield value;
    }
  } catch (error) {
    // When the source itself failed, that is the reason to tell.
    const { failure } = await feeding;
    throw failure ?? error;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Ends when the source ended or nobody takes more; resolves with the source's own failure, if it had one. */
async function feed(source: AsyncIterable<Uint8Array>, writer: WritableStreamDefaultWriter<BufferSource>): Promise<{ failure: unknown }> {
  writer.closed.catch(() => {});
  let failure: unknown = null;
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await iterator.next().catch((cause: unknown) => {
        failure = cause;
        throw cause;
      });
      if (next.done) break;
      await writer.ready;
      await writer.write(next.value as Uint8Array<ArrayBuffer>);
    }
    await writer.close();
  } catch (cause) {
    await writer.abort(cause).catch(() => {});
    await iterator.return?.();
  }
  return { failure };
}

function damaged(compression: Compression, cause: unknown): BerthError {
  return new BerthError('malformed', `The archive, or a layer in it, is compressed with ${compression}, but damaged or cut short.`, {
    cause,
  });
}

export function unread(compression: Compression): BerthError {
  return new BerthError(
    'malformed',
    `The archive, or a layer in it, is compressed with ${compression}, which is not read here. Decompress it first, or use gzip.`,
  );
}
