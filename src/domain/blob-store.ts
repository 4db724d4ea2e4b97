/** Bytes under names, outside of the database: what is large, written once and read rarely. Names are of `a-z0-9-/`. */
export interface BlobStore {
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** undefined: nothing has that name. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Also when nothing has that name. */
  delete(name: string): Promise<void>;
}

/** What rests between two tries of a store that failed: each try may take seconds, and somebody waits for it. */
const restMs = 30_000;

/** A store whose failures are not paid for one by one: after one, `put` throws at once for a while. */
export function blobStoreRested(store: BlobStore, now: () => number = Date.now): BlobStore {
  let restUntil = 0;
  return {
    ...store,
    async put(name, bytes) {
      if (now() < restUntil) throw new Error('the blob store failed a moment ago');
      try {
        await store.put(name, bytes);
      } catch (error) {
        restUntil = now() + restMs;
        throw error;
      }
    },
  };
}
