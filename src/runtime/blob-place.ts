import { BerthError } from '../domain/errors.ts';

export type BlobPlace = { kind: 'folder'; folder: string } | { kind: 's3'; bucket: string; prefix: string };

const bucketForm = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** `BERTH_BLOBS`: a folder, or `s3://bucket` or `s3://bucket/below/this`. Throws `malformed`. */
export function blobPlaceRead(text: string): BlobPlace {
  if (!/^[a-z0-9]+:\/\//.test(text)) return { kind: 'folder', folder: text };
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/?(.*)$/.exec(text) ?? [];
  if (!bucketForm.test(bucket))
    throw new BerthError('malformed', `BERTH_BLOBS must be a folder or s3://BUCKET[/PREFIX], not "${text}". See docs/operating.md.`);
  const prefix = path.replace(/\/+$/, '');
  return { kind: 's3', bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}
