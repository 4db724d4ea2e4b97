import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { BlobStore } from '../domain/blob-store.ts';

const deadlineMs = 3_000;

/**
 * Blobs as objects of an S3 bucket, below `prefix` ('' or `some/folder/`). Region, address and credentials come from where the AWS SDK looks
 * for them (AWS_REGION, AWS_ENDPOINT_URL_S3, a role of the machine …) unless given.
 */
export function blobsS3(bucket: string, prefix: string, config: S3ClientConfig = {}): BlobStore {
  const client = new S3Client({ maxAttempts: 2, forcePathStyle: true, ...config });
  const object = (name: string) => ({ Bucket: bucket, Key: `${prefix}${name}` });
  const within = () => ({ abortSignal: AbortSignal.timeout(deadlineMs) });
  return {
    async put(name, bytes) {
      await client.send(new PutObjectCommand({ ...object(name), Body: bytes }), within());
    },
    async get(name) {
      try {
        const { Body } = await client.send(new GetObjectCommand(object(name)), within());
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    async delete(name) {
      await client.send(new DeleteObjectCommand(object(name)), within());
    },
  };
}
