import type { BlobStore } from '../../src/domain/blob-store.ts';

/** A blob store in memory. `failing`: every call fails until it is false again. */
export interface FakeBlobs extends BlobStore {
  held: Map<string, Uint8Array>;
  failing: boolean;
}

export function fakeBlobs(): FakeBlobs {
  const blobs: FakeBlobs = {
    held: new Map(),
    failing: false,
    async put(name, bytes) {
      if (blobs.failing) throw new Error('the store is away');
      blobs.held.set(name, bytes);
    },
    async get(name) {
      if (blobs.failing) throw new Error('the store is away');
      return blobs.held.get(name);
    },
    async delete(name) {
      if (blobs.failing) throw new Error('the store is away');
      blobs.held.delete(name);
    },
  };
  return blobs;
}
