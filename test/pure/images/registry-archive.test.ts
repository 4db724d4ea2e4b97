import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BerthError } from '../../../src/domain/errors.ts';
import { type ArchiveTools, archiveLoadRewrite } from '../../../src/images/archive-load.ts';
import { bytesRead } from '../../../src/images/archive-rewrite.ts';
import { TarReader } from '../../../src/images/archive-tar-read.ts';
import type { ProgressLine } from '../../../src/images/progress.ts';
import { registryArchive } from '../../../src/images/registry-archive.ts';
import { registryBlobRead, registryConfigRead, registryImageFind } from '../../../src/images/registry-image.ts';
import type { RegistryRequest } from '../../../src/images/registry-request.ts';
import { type Answer, clientOf, descriptorOf, digestOf, endless, type Holdings, registryFake, sha256, tool } from './registry-fake.ts';
import { tarOf } from './tar-maker.ts';

const tools: ArchiveTools = {
  sha256,
  async *decompress(encoding, source) {
    const bytes = await bytesRead(source);
    yield new Uint8Array(encoding === 'zstd' ? zstdDecompressSync(bytes) : gunzipSync(bytes));
  },
};

const files = ['one', 'two', 'three'].map((name) => tarOf([{ name, content: name.repeat(1000) }])) as [Uint8Array, Uint8Array, Uint8Array];
const types = {
  plain: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
};

/** A registry with one image of these layers, each as it lies there, under a config that claims `contents`. */
function imageOf(layers: { type: keyof typeof types; blob: Uint8Array }[], contents: Uint8Array[]) {
  const config = JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: contents.map(digestOf) } });
  const descriptors = layers.map(({ type, blob }) => descriptorOf(types[type], blob));
  const manifest = JSON.stringify({ schemaVersion: 2, config: descriptorOf('', config), layers: descriptors });
  const holdings: Holdings = { 'manifests/1': manifest, [`blobs/${digestOf(config)}`]: config };
  for (const { blob } of layers) holdings[`blobs/${digestOf(blob)}`] = blob;
  return { config, holdings };
}

/** All the way to the bytes for the engine. */
async function pulled(holdings: Holdings) {
  const { fetch, asked } = registryFake(holdings);
  const client = clientOf(fetch);
  const image = await registryImageFind(client, tool, 'linux/amd64');
  const told: ProgressLine[] = [];
  const configBytes = await registryConfigRead(client, tool, image, null);
  const archive = registryArchive({
    ...{ ...image, configBytes, decompress: tools.decompress, tell: (line) => told.push(line) },
    blob: (descriptor) => registryBlobRead(client, tool, descriptor),
  });
  const { output, images } = archiveLoadRewrite(archive, tools);
  return { bytes: bytesRead(output), images, told, asked };
}

async function namesIn(bytes: Uint8Array): Promise<string[]> {
  const reader = new TarReader(
    (async function* () {
      yield bytes;
    })(),
  );
  const names: string[] = [];
  for (let entry = await reader.next(); entry !== null; entry = await reader.next()) {
    names.push(entry.name);
    await bytesRead(reader.content(entry));
  }
  return names;
}

describe('a pulled image', () => {
  const [one, two, three] = files;
  const gzip = { type: 'gzip' as const, blob: gzipSync(one) };
  const zstd = { type: 'zstd' as const, blob: zstdCompressSync(two) };
  const plain = { type: 'plain' as const, blob: Buffer.from(three) };
  const image = imageOf([gzip, zstd, plain], files);

  it('becomes an archive that is loaded with all that its config claims', async () => {
    const { bytes, images } = await pulled(image.holdings);
    await bytes;
    expect(await images).toEqual([{ configDigest: digestOf(image.config), references: [] }]);
  });

  it('keeps its compression, except one that old engines do not read', async () => {
    const { bytes } = await pulled(image.holdings);
    const text = Buffer.from(await bytes);
    expect(text.includes(gzip.blob)).toBe(true);
    expect(text.includes(zstd.blob)).toBe(false);
    expect(text.includes(Buffer.from(two))).toBe(true);
  });

  it('has a layer once, however often it is used', async () => {
    const twice = imageOf([gzip, plain, gzip], [one, three, one]);
    const { bytes, images, asked } = await pulled(twice.holdings);
    expect((await namesIn(await bytes)).filter((name) => name.endsWith('layer.tar'))).toHaveLength(2);
    expect(await images).toHaveLength(1);
    expect(asked.filter(({ url }) => url.endsWith(digestOf(gzip.blob)))).toHaveLength(1);
  });

  it('tells how it gets on', async () => {
    const { bytes, told } = await pulled(image.holdings);
    await bytes;
    const id = digestOf(gzip.blob).slice(7, 19);
    expect(told.filter((line) => line.id === id).map(({ status }) => status)).toEqual([
      'Pulling fs layer',
      'Downloading',
      'Download complete',
    ]);
    expect(told.find((line) => line.status === 'Downloading')?.progressDetail?.total).toBe(gzip.blob.length);
  });
});

describe('a download that breaks off', () => {
  const [one] = files;
  const blob = new Uint8Array(gzipSync(one));
  const image = imageOf([{ type: 'gzip', blob }], [one]);
  const path = `blobs/${digestOf(blob)}`;

  /** Each answer stops after some bytes, as long as there are `breaks` left. */
  function breaking(breaks: number, options: { ranges: boolean; bytes: number }) {
    const ranges: (string | undefined)[] = [];
    const answer = ({ headers }: RegistryRequest): Answer => {
      ranges.push(headers.range);
      const start = options.ranges ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
      const broken = breaks-- > 0;
      const body = (async function* () {
        yield broken ? blob.subarray(start, start + options.bytes * (options.ranges ? 1 : ranges.length)) : blob.subarray(start);
        if (broken) throw new BerthError('engine_failed', 'broken off');
      })();
      return { status: start > 0 ? 206 : 200, body };
    };
    return { ranges, holdings: { ...image.holdings, [path]: answer } };
  }

  it('goes on where it was', async () => {
    const { ranges, holdings } = breaking(2, { ranges: true, bytes: 10 });
    const { bytes, images } = await pulled(holdings);
    await bytes;
    expect(await images).toHaveLength(1);
    expect(ranges).toEqual([undefined, 'bytes=10-', 'bytes=20-']);
  });

  it('begins anew at a registry without ranges', async () => {
    const { holdings } = breaking(2, { ranges: false, bytes: 10 });
    const { bytes, images } = await pulled(holdings);
    await bytes;
    expect(await images).toHaveLength(1);
  });

  it.each([
    ['without a byte more', { ranges: true, bytes: 0 }, 1],
    ['again and again', { ranges: true, bytes: 1 }, 6],
  ])('%s is given up', async (_, options, times) => {
    const { ranges, holdings } = breaking(100, options);
    const { bytes } = await pulled(holdings);
    await expect(bytes).rejects.toMatchObject({ message: 'broken off' });
    expect(ranges).toHaveLength(times);
  });
});

describe('a registry that lies about a layer', () => {
  const [one, two] = files;
  const blob = new Uint8Array(gzipSync(one));
  const image = imageOf([{ type: 'gzip', blob }], [one]);
  const path = `blobs/${digestOf(blob)}`;

  it.each([
    ['has other bytes', new Uint8Array(gzipSync(two))],
    ['has fewer', blob.subarray(1)],
    ['has more', new Uint8Array([...blob, 0])],
    ['has none', { status: 404 }],
    ['goes on for ever', { body: endless().body }],
  ])('%s: the archive does not end', async (_, sent) => {
    const { bytes, images } = await pulled({ ...image.holdings, [path]: sent });
    await expect(bytes).rejects.toMatchObject({ code: 'engine_failed' });
    await expect(images).rejects.toMatchObject({ code: 'engine_failed' });
  });

  it("a config that claims another's layer is refused though every blob is what its digest says", async () => {
    const thief = imageOf([{ type: 'gzip', blob }], [two]);
    const { bytes, images } = await pulled(thief.holdings);
    await expect(bytes).rejects.toMatchObject({ code: 'malformed' });
    await expect(images).rejects.toMatchObject({ code: 'malformed' });
  });
});
