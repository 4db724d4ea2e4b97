import { join } from 'node:path';
import { type BlobStore, blobStoreRested } from '../domain/blob-store.ts';
import type { BlobPlace } from './blob-place.ts';
import { blobsFolder } from './blobs-folder.ts';

/** The blob store of a server. The SDK of a bucket takes longer to load than all else, so it is loaded only where one is set. */
export async function blobsOpen(place: BlobPlace | undefined, dataDir: string): Promise<BlobStore> {
  if (place?.kind === 's3') {
    const { blobsS3 } = await import('./blobs-s3.ts');
    return blobStoreRested(blobsS3(place.bucket, place.prefix));
  }
  return blobStoreRested(blobsFolder(place?.folder ?? join(dataDir, 'blobs')));
}
