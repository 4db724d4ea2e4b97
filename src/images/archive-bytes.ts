import { BerthError } from '../domain/errors.ts';

const nothing = new Uint8Array(0);

/**
 * Reads exact lengths out of a stream whose chunks fall anywhere.
 * Chunks are handed on as views, so a large file passes without being copied.
 */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = nothing;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next `length` bytes, or null when the stream has ended before the first of them. Cut short: `malformed`. */
  async read(length: number): Promise<Uint8Array | null> {
    if (length === 0) return nothing;
    if (!(await this.#fill())) return null;
    if (this.#chunk.length >= length) return this.#take(length);
    const bytes = new Uint8Array(length);
    let filled = 0;
    for await (const piece of this.stream(length)) {
      bytes.set(piece, filled);
      filled += piece.length;
    }
    return bytes;
  }

  /** The next `length` bytes as they come. Must be read to its end before anything else is read. */
  async *stream(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    let remaining = length;
    while (remaining > 0) {
      if (!(await this.#fill()))
        throw new BerthError('malformed', 'The archive ends in the middle of a file. Was the upload or the file on disk cut short?');
      const piece = this.#take(Math.min(remaining, this.#chunk.length));
      remaining -= piece.length;
      yield piece;
    }
  }

  /** Reads and drops what is left, so that the sender can finish. Returns false when more than `limit` bytes came. */
  async drain(limit: number): Promise<boolean> {
    let dropped = 0;
    while (await this.#fill()) {
      dropped += this.#chunk.length;
      this.#chunk = nothing;
      if (dropped > limit) return false;
    }
    return true;
  }

  /** Tells the source that nobody reads on, so that it can let go of its socket. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#source.next();
      if (next.done) return false;
      this.#chunk = next.value;
    }
    return true;
  }

  #take(length: number): Uint8Array {
    const piece = this.#chunk.subarray(0, length);
    this.#chunk = this.#chunk.subarray(length);
    return piece;
  }
}

/** One array of several. A single chunk is returned as it is. */
export function bytesJoin(chunks: Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let filled = 0;
  for (const chunk of chunks) {
    joined.set(chunk, filled);
    filled += chunk.length;
  }
  return joined;
}
