import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archiveUntag } from '../../../src/images/archive-load.ts';
import { archiveSaveRewrite } from '../../../src/images/archive-save.ts';
import { archive20, archive25, configDigest } from './docker-archives.ts';
import { engineExtract } from './engine-extraction.ts';
import { collect, streamOf, tarOf } from './tar-maker.ts';

const tags = new Map([[configDigest, ['busybox:1', 'team/app:2', 'reg.example:5000/x:3']]]);

async function save(archive: Uint8Array, cuts: number[] = []) {
  return engineExtract(await collect(archiveSaveRewrite(streamOf(archive, cuts), tags)));
}

describe('a saved archive', () => {
  it('of engine 20.10 gets the tags of the tenant and no other', async () => {
    const files = await save(tarOf(archive20()));
    expect(JSON.parse(files.get('manifest.json')!.text)[0].RepoTags).toEqual(['busybox:1', 'team/app:2', 'reg.example:5000/x:3']);
    expect(files.has('repositories')).toBe(false);
    expect(files.size).toBe(archive20().length - 1);
  });

  it('of engine 25 gets them in its OCI index too, as containerd names them', async () => {
    const files = await save(tarOf(archive25(['other:1'])));
    const names = JSON.parse(files.get('index.json')!.text).manifests.map((descriptor: { annotations: object }) =>
      Object.values(descriptor.annotations),
    );
    expect(names).toEqual([
      ['docker.io/library/busybox:1', '1'],
      ['docker.io/team/app:2', '2'],
      ['reg.example:5000/x:3', '3'],
    ]);
    expect(files.get('oci-layout')).toBeDefined();
  });

  it('of an image that the tenant has not tagged has no tag', async () => {
    const bytes = await collect(archiveSaveRewrite(streamOf(tarOf(archive25(['other:1']))), new Map()));
    const files = engineExtract(bytes);
    expect(JSON.parse(files.get('manifest.json')!.text)[0].RepoTags).toBe(null);
    expect(files.get('index.json')!.text).not.toContain('other');
  });

  it('is the same wherever its chunks are cut', async () => {
    const archive = tarOf(archive25([]));
    const whole = await save(archive);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(archive.length), { maxLength: 40 }), async (cuts) => {
        expect(await save(archive, cuts)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('that cannot be read is the fault of the engine', async () => {
    await expect(save(tarOf(archive20()).subarray(0, 3000))).rejects.toMatchObject({ code: 'engine_failed' });
  });
});

describe('an archive on its way to another host', () => {
  it('loses its tags and its OCI index', async () => {
    const files = engineExtract(await collect(archiveUntag(streamOf(tarOf(archive25(['busybox:1']))))));
    expect(JSON.parse(files.get('manifest.json')!.text)[0].RepoTags).toBe(null);
    expect(files.has('index.json')).toBe(false);
  });
});
