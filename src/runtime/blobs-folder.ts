import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobStore } from '../domain/blob-store.ts';

/** Blobs as files below a folder that only its owner reads. Good for one machine: servers on several need a store they share. */
export function blobsFolder(folder: string): BlobStore {
  const pathOf = (name: string) => join(folder, ...name.split('/'));
  return {
    async put(name, bytes) {
      const path = pathOf(name);
      // A reader, or a crash, finds the whole of it or nothing.
      const draft = `${path}.${crypto.randomUUID()}`;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(draft, bytes, { mode: 0o600 });
      await rename(draft, path);
    },
    async get(name) {
      try {
        return await readFile(pathOf(name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    delete: (name) => rm(pathOf(name), { force: true }),
  };
}
