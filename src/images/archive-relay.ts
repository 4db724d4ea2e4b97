/**
 * Hands chunks from one loop to another, one at a time: the giver goes on when the taker has done with a chunk. So one stream can
 * be read twice in step, without a copy and without a queue.
 */
export class ByteRelay {
  #given = Promise.withResolvers<Uint8Array | null>();
  #taken = Promise.withResolvers<void>();
  #left = false;

  /** To be called once. Ends when the giver ends or fails; leaving early lets the giver run on alone. */
  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const chunk = await this.#given.promise;
        if (chunk === null) return;
        this.#given = Promise.withResolvers();
        yield chunk;
        this.#taken.resolve();
      }
    } finally {
      this.#left = true;
      this.#taken.resolve();
    }
  }

  async give(chunk: Uint8Array): Promise<void> {
    if (this.#left) return;
    this.#taken = Promise.withResolvers();
    this.#given.resolve(chunk);
    await this.#taken.promise;
  }

  end(): void {
    this.#given.resolve(null);
  }

  fail(cause: unknown): void {
    this.#given.promise.catch(() => {});
    this.#given.reject(cause);
  }
}
