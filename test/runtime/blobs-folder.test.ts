import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobStoreRested } from '../../src/domain/blob-store.ts';
import { blobPlaceRead } from '../../src/runtime/blob-place.ts';
import { blobsFolder } from '../../src/runtime/blobs-folder.ts';
import { fakeBlobs } from '../fakes/blobs.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-blobs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a blob store in a folder', () => {
  it('keeps what was put until it is deleted, for its owner alone and with no draft left behind', async () => {
    const blobs = blobsFolder(folder);
    await blobs.put('records/a/b', new Uint8Array([1]));
    await blobs.put('records/a/b', new Uint8Array([2]));
    expect([...((await blobs.get('records/a/b')) ?? [])]).toEqual([2]);
    expect(await readdir(join(folder, 'records/a'))).toEqual(['b']);
    expect((await stat(join(folder, 'records/a/b'))).mode & 0o777).toBe(0o600);
    await blobs.delete('records/a/b');
    await blobs.delete('records/a/b');
    expect(await blobs.get('records/a/b')).toBeUndefined();
  });
});

describe('a blob store that failed', () => {
  it('is not asked again for a while', async () => {
    const fake = fakeBlobs();
    let now = 0;
    const blobs = blobStoreRested(fake, () => now);
    fake.failing = true;
    await expect(blobs.put('a', new Uint8Array())).rejects.toThrow('the store is away');
    fake.failing = false;
    await expect(blobs.put('a', new Uint8Array())).rejects.toThrow('failed a moment ago');
    now = 30_000;
    await blobs.put('a', new Uint8Array());
    expect(fake.held.has('a')).toBe(true);
  });
});

describe('BERTH_BLOBS', () => {
  it('is a folder, or a bucket with what is put before every name', () => {
    expect(blobPlaceRead('/var/lib/berth/blobs')).toEqual({ kind: 'folder', folder: '/var/lib/berth/blobs' });
    expect(blobPlaceRead('s3://logs')).toEqual({ kind: 's3', bucket: 'logs', prefix: '' });
    expect(blobPlaceRead('s3://logs/berth/one/')).toEqual({ kind: 's3', bucket: 'logs', prefix: 'berth/one/' });
  });

  it.each(['s3://', 's3://UPPER', 'gs://logs', 'https://logs'])('is not %s', (text) => {
    expect(() => blobPlaceRead(text)).toThrow(/BERTH_BLOBS must be a folder or s3:/);
  });
});
