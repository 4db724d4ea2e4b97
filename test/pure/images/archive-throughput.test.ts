import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { archiveLoadRewrite } from '../../../src/images/archive-load.ts';
import { bytesOf, tarEntry, tarOf } from './tar-maker.ts';

const chunk = new Uint8Array(64 * 1024);
const chunks = 3200;

it('a layer of 200 MiB passes in constant memory, in the chunks it came in', async () => {
  const hash = createHash('sha256');
  for (let i = 0; i < chunks; i++) hash.update(chunk);
  const config = JSON.stringify({ rootfs: { diff_ids: [`sha256:${hash.digest('hex')}`] } });
  async function* archive() {
    yield bytesOf([tarEntry({ name: 'c.json', content: config }), tarEntry({ name: 'layer.tar', size: chunks * chunk.length })]);
    for (let i = 0; i < chunks; i++) yield chunk;
    yield tarOf([{ name: 'manifest.json', content: '[{"Config":"c.json","RepoTags":["a:1"],"Layers":["layer.tar"]}]' }]);
  }
  const sha256 = () => {
    const sum = createHash('sha256');
    return { update: (bytes: Uint8Array) => sum.update(bytes), hex: () => sum.digest('hex') };
  };
  const { output, images } = archiveLoadRewrite(archive(), { sha256 });
  const before = process.memoryUsage().rss;
  let shared = 0;
  let peak = 0;
  for await (const piece of output) {
    if (piece.buffer === chunk.buffer) shared++;
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  expect(await images).toMatchObject([{ references: ['a:1'] }]);
  expect(shared).toBe(chunks);
  expect(peak - before).toBeLessThan(60 * 1024 * 1024);
});

it('lets go of its source when the engine stops reading', async () => {
  let released = false;
  async function* endless() {
    try {
      yield tarEntry({ name: 'layer.tar', size: 2 ** 30 });
      for (;;) yield chunk;
    } finally {
      released = true;
    }
  }
  const { output, images } = archiveLoadRewrite(endless(), { sha256: () => ({ update: () => undefined, hex: () => '' }) });
  let read = 0;
  for await (const _ of output) if (++read === 10) break;
  expect(released).toBe(true);
  await expect(images).rejects.toMatchObject({ code: 'unavailable' });
});
