import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArchiveTools } from '../../../src/images/archive-load.ts';
import { archiveLoadRewrite } from '../../../src/images/archive-load.ts';
import { archive20, archive25, config, configDigest, configHex, hash } from './docker-archives.ts';
import { engineExtract } from './engine-extraction.ts';
import type { RawEntry } from './tar-maker.ts';
import { bytesOf, collect, pax, streamOf, tarOf } from './tar-maker.ts';

const tools: ArchiveTools = {
  sha256: () => {
    const hash = createHash('sha256');
    return { update: (chunk) => hash.update(chunk), hex: () => hash.digest('hex') };
  },
};

async function load(archive: Uint8Array, cuts: number[] = []) {
  const { output, images } = archiveLoadRewrite(streamOf(archive, cuts), tools);
  const bytes = await collect(output);
  return { bytes, images: await images, files: engineExtract(bytes) };
}

describe('a loaded archive', () => {
  it('reaches the engine of a 20.10 save without tags, which come back as data', async () => {
    const { files, images } = await load(tarOf(archive20()));
    expect(images).toEqual([{ configDigest, references: ['busybox:1', 'tool:latest'] }]);
    const [item] = JSON.parse(files.get('manifest.json')!.text);
    expect(item).toMatchObject({ Config: `${configHex}.json`, RepoTags: null });
    expect(item.Layers.map((layer: string) => files.get(layer)!.type)).toEqual(['0', '2']);
    expect(files.has('repositories')).toBe(false);
  });

  it('reaches the engine of a save from 25 on without its OCI index, by which an engine would read names', async () => {
    const { files, images } = await load(tarOf(archive25(['busybox:1', 'busybox:2'])));
    expect(images).toEqual([{ configDigest, references: ['busybox:1', 'busybox:2'] }]);
    expect([...files.keys()].filter((name) => !name.startsWith('blobs'))).toEqual(['manifest.json']);
  });

  it('may be compressed with gzip, and its layers too', async () => {
    const entries = archive20().map((entry) =>
      entry.content === 'layer' ? { ...entry, content: new Uint8Array(gzipSync('layer')) } : entry,
    );
    const { images, files } = await load(new Uint8Array(gzipSync(tarOf(entries))), [1, 2, 3, 100]);
    expect(images).toEqual([{ configDigest, references: ['busybox:1', 'tool:latest'] }]);
    expect(files.get('manifest.json')!.type).toBe('0');
  });

  it('may have its manifest first', async () => {
    const { images } = await load(tarOf(archive20().reverse()));
    expect(images).toEqual([{ configDigest, references: ['busybox:1', 'tool:latest'] }]);
  });

  it('may hold no tag, and one config under several', async () => {
    const [item] = JSON.parse(archive25([]).at(-2)!.content as string);
    const { images } = await load(tarOf(replaced(archive25([]), 'manifest.json', JSON.stringify([item, { ...item, RepoTags: ['a:1'] }]))));
    expect(images).toEqual([{ configDigest, references: ['a:1'] }]);
  });

  it('keeps long names, parents and the bytes of its files', async () => {
    const name = `${'d'.repeat(90)}/${'f'.repeat(90)}`;
    const parent = `sha256:${'a'.repeat(64)}`;
    const [item] = JSON.parse(archive20().at(-2)!.content as string);
    const entries = replaced(archive20(), 'manifest.json', JSON.stringify([{ ...item, Parent: parent }]));
    const { files } = await load(
      tarOf([
        pax({ path: name }),
        { name: 'x', content: 'bytes' },
        { name: 'manifest.json', prefix: 'folder', content: 'other' },
        ...entries,
      ]),
    );
    expect(files.get(name)).toEqual({ type: '0', text: 'bytes' });
    expect(files.get('folder/manifest.json')).toEqual({ type: '0', text: 'other' });
    expect(JSON.parse(files.get('manifest.json')!.text)[0].Parent).toBe(parent);
  });

  it('is the same to the engine wherever its chunks are cut', async () => {
    const archive = tarOf(archive20());
    const whole = await load(archive);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(archive.length), { maxLength: 40 }), async (cuts) => {
        const cut = await load(archive, cuts);
        expect(Buffer.compare(cut.bytes, whole.bytes)).toBe(0);
        expect(cut.images).toEqual(whole.images);
      }),
      { numRuns: 60 },
    );
    expect(
      (
        await load(
          archive,
          Array.from({ length: archive.length }, (_, i) => i),
        )
      ).bytes,
    ).toEqual(whole.bytes);
  });
});

const good = archive20();
const layer = good.find((entry) => entry.content === 'layer')!.name;
const tagged = JSON.stringify([{ Config: `${configHex}.json`, RepoTags: ['victim:latest'], Layers: [] }]);
const evil = (name: string): RawEntry => ({ name, content: tagged });
const overLimit = 4 * 1024 * 1024 + 1;

/** Ways to get a tag past us. Each is refused before the archive's end reaches the engine. */
const hostile: Record<string, Uint8Array> = {
  'a second manifest.json': tarOf([...good, evil('manifest.json')]),
  'a second one as ./manifest.json': tarOf([...good, evil('./manifest.json')]),
  'a second one as /manifest.json': tarOf([...good, evil('/manifest.json')]),
  'a second one as .//./manifest.json': tarOf([...good, evil('.//./manifest.json')]),
  'a second one as a/../manifest.json': tarOf([...good, evil('a/../manifest.json')]),
  'a second one by a pax path': tarOf([...good, pax({ path: 'manifest.json' }), evil('harmless')]),
  'a second one by the last of two pax paths': tarOf([...good, pax({ path: 'one' }), pax({ path: 'manifest.json' }), evil('harmless')]),
  'a second one by a GNU long name': tarOf([...good, { name: '././@LongLink', type: 'L', content: 'manifest.json\0' }, evil('harmless')]),
  'a second one by a ustar prefix': tarOf([...good, { ...evil('manifest.json'), prefix: '.' }]),
  'a second one of the old type': tarOf([...good, { ...evil('manifest.json'), type: '\0' }]),
  'a second one before the first': tarOf([evil('manifest.json'), ...good]),
  'a second repositories': tarOf([...good, { name: 'x/../repositories', content: '{}' }]),
  'a second index.json': tarOf([...archive25([]), { name: './index.json', content: '{}' }]),
  'MANIFEST.JSON': tarOf([...good, evil('MANIFEST.JSON')]),
  'a folder Manifest.json': tarOf([...good, { name: 'Manifest.json/', type: '5' }]),
  'manifest.json as a symlink': tarOf([...without('manifest.json'), evil('other'), { name: 'manifest.json', type: '2', target: 'other' }]),
  'manifest.json as a hard link': tarOf([
    ...without('manifest.json'),
    evil('other'),
    { name: 'manifest.json', type: '1', target: 'other' },
  ]),
  'manifest.json as a folder': tarOf([...without('manifest.json'), { name: 'manifest.json', type: '5' }]),
  'manifest.json as a folder of the old kind': tarOf([...without('manifest.json'), { name: 'manifest.json/', type: '0' }]),
  'manifest.json as a folder by what is in it': tarOf([...without('manifest.json'), { name: 'manifest.json/x', content: '' }]),
  'manifest.json as a device': tarOf([...without('manifest.json'), { name: 'manifest.json', type: '3' }]),
  'index.json as a symlink': tarOf([...good, { name: 'index.json', type: '2', target: layer }]),
  'oci-layout as a symlink': tarOf([...good, { name: 'oci-layout', type: '2', target: layer }]),
  'repositories as a hard link': tarOf([...good.slice(0, -1), { name: 'repositories', type: '1', target: layer }]),
  'a symlink to manifest.json': tarOf([...good, { name: 'x', type: '2', target: 'manifest.json' }]),
  'a symlink to manifest.json by a detour': tarOf([...good, { name: 'a/x', type: '2', target: './.././manifest.json' }]),
  'a hard link to manifest.json': tarOf([...good, { name: 'x', type: '1', target: './manifest.json' }]),
  'a hard link to a symlink': tarOf([...good, { name: 'y', type: '2', target: layer }, { name: 'x', type: '1', target: 'y' }]),
  'a hard link to what comes later': tarOf([{ name: 'x', type: '1', target: layer }, ...good]),
  'a symlink to the top folder': tarOf([...good, { name: 'x', type: '2', target: '.' }]),
  'a file below a symlink': tarOf([...good, { name: 'x', type: '2', target: 'folder' }, evil('x/manifest.json')]),
  'a file below a link that comes later': tarOf([evil('x/manifest.json'), ...good, { name: 'x', type: '2', target: 'folder' }]),
  'a link target by pax linkpath': tarOf([...good, pax({ linkpath: 'manifest.json' }), { name: 'x', type: '2', target: layer }]),
  'a link target by a GNU long link': tarOf([
    ...good,
    { name: 'l', type: 'K', content: 'manifest.json\0' },
    { name: 'x', type: '2', target: layer },
  ]),
  'a symlink out by ..': tarOf([...good, { name: 'x', type: '2', target: '../../etc/passwd' }]),
  'a symlink out by an absolute target': tarOf([...good, { name: 'x', type: '2', target: '/etc/passwd' }]),
  'a hard link out': tarOf([...good, { name: 'x', type: '1', target: '../etc/passwd' }]),
  'a name that leads out': tarOf([...good, { name: '../x', content: '' }]),
  'a name that leads out after a detour': tarOf([...good, { name: 'a/../../x', content: '' }]),
  'a file twice': tarOf([...good, { name: layer, content: 'other' }]),
  'a config that is replaced': tarOf([...good, { name: `${configHex}.json`, content: '{}' }]),
  'a config that is a symlink': tarOf([
    ...without(`${configHex}.json`),
    { name: 'c', content: '{}' },
    { name: `${configHex}.json`, type: '2', target: 'c' },
  ]),
  'a config that is not there': tarOf(without(`${configHex}.json`)),
  'a config above 4 MiB': tarOf(replaced(good, `${configHex}.json`, ' '.repeat(overLimit))),
  'a layer that is not there': tarOf(without(layer)),
  'a layer that is a folder': tarOf([...without(layer), { name: layer, type: '5' }]),
  'a top folder that is a file': tarOf([...good, { name: './', type: '2', target: layer }]),
  'a character device': tarOf([...good, { name: 'x', type: '3' }]),
  'a block device': tarOf([...good, { name: 'x', type: '4' }]),
  'a fifo': tarOf([...good, { name: 'x', type: '6' }]),
  'a contiguous file': tarOf([...good, { name: 'x', type: '7' }]),
  'a global pax header': tarOf([{ ...pax({ path: 'manifest.json' }), type: 'g' }, ...good]),
  'a GNU sparse file': tarOf([...good, { name: 'x', type: 'S' }]),
  'a pax sparse file': tarOf([...good, pax({ 'GNU.sparse.name': 'manifest.json', 'GNU.sparse.major': '1' }), evil('x')]),
  'a multi-volume part': tarOf([...good, { name: 'x', type: 'M' }]),
  'an unknown type': tarOf([...good, { name: 'x', type: 'Z' }]),
  'a folder with content': tarOf([...good, { name: 'x', type: '5', content: 'hidden' }]),
  'a link with content': tarOf([...good, { name: 'x', type: '2', target: layer, content: tagged }]),
  'a name with a backslash': tarOf([...good, evil('a\\..\\manifest.json')]),
  'a name with a control character': tarOf([...good, evil('manifest.json\n')]),
  'a name that is not ASCII': tarOf([...good, evil('manife\u017ft.json')]),
  'a very long name': tarOf([...good, pax({ path: 'x'.repeat(600) }), evil('x')]),
  'a pax header without end': tarOf([...good, { name: 'p', type: 'x', content: '99 path=a\n' }, evil('x')]),
  'a pax header with a negative length': tarOf([...good, { name: 'p', type: 'x', content: '-5 path=manifest.json\n' }, evil('x')]),
  'a pax header that is too large': tarOf([...good, pax({ comment: 'x'.repeat(70_000) }), evil('x')]),
  'a pax size that is no number': tarOf([...good, pax({ size: '0x10' }), evil('x')]),
  'a pax header and then nothing': tarOf([...good, pax({ path: 'x' })]),
  'a header with a wrong checksum': tarOf([...good, { ...evil('x'), damage: (header) => header.set([0x41], 0) }]),
  'a size beyond all numbers': tarOf([...good, { ...evil('x'), size: 8 ** 11 - 1 }]),
  'a file that is cut': tarOf(good).subarray(0, 2000),
  'a header that is cut': tarOf(good).subarray(0, 700),
  'a manifest behind the end': bytesOf([tarOf(without('manifest.json')), tarOf([evil('manifest.json')])]),
  'a manifest behind half an end': bytesOf([tarOf(without('manifest.json'), new Uint8Array(512)), tarOf([evil('manifest.json')])]),
  'half an end and then a file': bytesOf([tarOf(good, new Uint8Array(512)), tarOf([evil('x')])]),
  'a lot of data behind the end': bytesOf([tarOf(good), new Uint8Array(1024 * 1024 + 1)]),
  'no manifest': tarOf(without('manifest.json')),
  'an empty archive': new Uint8Array(1024),
  nothing: new Uint8Array(0),
  'text instead of tar': new TextEncoder().encode('not a tar '.repeat(100)),
  'a manifest above 4 MiB': tarOf(replaced(good, 'manifest.json', good.at(-2)!.content + ' '.repeat(overLimit))),
  'more images than are remembered': tarOf([...Array.from({ length: 1001 }, (_, i) => ({ name: `c${i}`, content: config })), ...good]),
  'more layers than an engine takes': tarOf([
    { name: 'l', content: 'layer' },
    { name: 'c', content: JSON.stringify({ rootfs: { diff_ids: Array(129).fill(`sha256:${hash('layer')}`) } }) },
    { name: 'manifest.json', content: JSON.stringify([{ Config: 'c', Layers: Array(129).fill('l') }]) },
  ]),
  'a manifest that is not JSON': tarOf(replaced(good, 'manifest.json', '[{]')),
  'a manifest that is an object': tarOf(replaced(good, 'manifest.json', '{}')),
  'a manifest of nulls': tarOf(replaced(good, 'manifest.json', '[null]')),
  'a manifest with tags that are no texts': tarOf(
    replaced(good, 'manifest.json', JSON.stringify([{ Config: `${configHex}.json`, RepoTags: [{}], Layers: [] }])),
  ),
  'a config path that leads out': tarOf(replaced(good, 'manifest.json', JSON.stringify([{ Config: '../../etc/passwd', Layers: [] }]))),
  'a layer that is empty where its image claims one': tarOf(replaced(good, layer, '')),
  'a layer that is another one': tarOf(replaced(good, layer, 'Layer')),
  'a layer by a symlink to another file': tarOf([...without(layer), { name: layer, type: '2', target: 'VERSION' }]),
  'a layer by a link in a circle': tarOf([
    ...without(layer),
    { name: layer, type: '2', target: 'loop' },
    { name: layer.replace('layer.tar', 'loop'), type: '2', target: 'layer.tar' },
  ]),
  'fewer layers than the image claims': tarOf(replaced(good, 'manifest.json', tagged)),
  'a config that claims its layers twice': withConfig(`{"rootfs":{"diff_ids":[]},"rootfs":{"diff_ids":["sha256:${hash('other')}"]}}`),
  'a config that claims other layers in another case': withConfig(
    `{"rootfs":{"diff_ids":[]},"RootFS":{"diff_ids":["sha256:${hash('other')}"]}}`,
  ),
  'a config that claims other layers with a long s': withConfig(
    `{"rootfs":{"diff_ids":[]},"rootf\u017f":{"diff_ids":["sha256:${hash('other')}"]}}`,
  ),
  'a config that claims its diff ids twice': withConfig(`{"rootfs":{"diff_ids":[],"Diff_Ids":["sha256:${hash('other')}"]}}`),
  'a config without rootfs': withConfig('{}'),
  'a config that is compressed': tarOf(
    good.map((entry) =>
      entry.name === `${configHex}.json` ? { ...entry, content: new Uint8Array(gzipSync(entry.content as string)) } : entry,
    ),
  ),
  'a layer of zstd where nothing reads it': tarOf(
    good.map((entry) => (entry.name === layer ? { ...entry, content: new Uint8Array(zstdCompressSync('layer')) } : entry)),
  ),
  'a layer of gzip that is cut': tarOf(
    good.map((entry) => (entry.name === layer ? { ...entry, content: new Uint8Array(gzipSync('layer')).subarray(0, 15) } : entry)),
  ),
  'a layer of xz in many chunks': tarOf(
    good.map((entry) =>
      entry.name === layer ? { ...entry, content: new Uint8Array(Buffer.from(`\u00fd7zXZ${' '.repeat(overLimit)}`, 'latin1')) } : entry,
    ),
  ),
  'an archive of gzip that is cut': new Uint8Array(gzipSync(tarOf(good))).subarray(0, 300),
  'an archive of xz': new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0]),
  'an archive of bzip2': new TextEncoder().encode('BZh91AY&SY'),
  'a first name that an engine would take for bzip2': tarOf([{ name: './BZh91AY&SY', content: '' }, ...good]),
  'too many entries': tarOf([...Array.from({ length: 20_001 }, (_, i) => ({ name: `f${i}` })), ...good]),
};

describe('a hostile archive is refused and never ends for the engine', () => {
  it.each(Object.entries(hostile))('%s', async (_, archive) => {
    const { output, images } = archiveLoadRewrite(streamOf(archive, [600, 5000, 10_000]), tools);
    const sent: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of output) sent.push(chunk);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'malformed' });
    await expect(images).rejects.toMatchObject({ code: 'malformed' });
    expect(() => engineExtract(bytesOf(sent))).toThrow('the archive has no end');
  });
});

/** Ways to write a tag that Go's lenient JSON would take, in archives that are let in. */
const sneaky: Record<string, RawEntry[]> = {
  'keys in another case': replaced(
    good,
    'manifest.json',
    `[{"Config":"${configHex}.json","Layers":["${layer}","${layer}"],"repotags":["victim:latest"]}]`,
  ),
  'a key with a long s': replaced(
    good,
    'manifest.json',
    `[{"Config":"${configHex}.json","Layers":["${layer}","${layer}"],"RepoTag\u017f":["victim:latest"]}]`,
  ),
  'a key twice': replaced(
    good,
    'manifest.json',
    `[{"Config":"${configHex}.json","Layers":["${layer}","${layer}"],"RepoTags":["victim:latest"],"RepoTags":null}]`,
  ),
  'a name in index.json': archive25(['victim:latest']).map((entry) =>
    entry.name === 'manifest.json' ? { ...entry, name: './x/..//manifest.json' } : entry,
  ),
  'names that need cleaning': good.map((entry) => ({ ...entry, name: `/./a/../${entry.name}` })),
  'repositories with a tag': replaced(good, 'repositories', '{"victim":{"latest":"x"}}'),
};

describe('a tag that only a lenient reader sees is gone', () => {
  it.each(Object.entries(sneaky))('%s', async (_, entries) => {
    expectNoTag((await load(tarOf(entries))).files);
  });

  it('whatever the entries are, if they are let in', async () => {
    const name = fc.constantFrom(
      'manifest.json',
      './manifest.json',
      'a/../manifest.json',
      'repositories',
      'index.json',
      'x',
      'x/manifest.json',
      'a',
      'a/b',
      layer,
      'MANIFEST.json',
      '//x',
    );
    const entry = fc.record({
      name,
      type: fc.constantFrom('0', '\0', '1', '2', '5', 'x'),
      target: name,
      content: fc.constantFrom('', tagged, '{"victim":{"latest":"x"}}', pax({ path: 'manifest.json' }).content as string),
    });
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 3 }), fc.nat(good.length), async (added, at) => {
        const archive = tarOf([
          ...good.slice(0, at),
          ...added.map((one) => ({ ...one, content: '125'.includes(one.type) ? '' : one.content })),
          ...good.slice(at),
        ]);
        const result = await load(archive).catch((refusal) => {
          expect(refusal).toMatchObject({ code: 'malformed' });
          return null;
        });
        if (result === null) return;
        accepted++;
        expectNoTag(result.files);
      }),
      { numRuns: 1000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});

function expectNoTag(files: ReturnType<typeof engineExtract>): void {
  expect(files.get('manifest.json')!.type).toBe('0');
  for (const item of JSON.parse(files.get('manifest.json')!.text)) expect(item.RepoTags).toBe(null);
  for (const name of ['manifest.json', 'index.json', 'repositories'])
    expect(files.get(name)?.text ?? '').not.toMatch(/victim|RepoTag\u017f|repotags/);
}

function without(name: string): RawEntry[] {
  return archive20().filter((entry) => entry.name !== name);
}

/** An archive of one image without layers, which has this config. */
function withConfig(text: string): Uint8Array {
  return tarOf([
    { name: 'c.json', content: text },
    { name: 'manifest.json', content: '[{"Config":"c.json","Layers":[]}]' },
  ]);
}

function replaced(entries: RawEntry[], name: string, content: string): RawEntry[] {
  return entries.map((entry) => (entry.name === name ? { ...entry, content } : entry));
}
