import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadReplyRewrite } from '../../../src/images/archive-load-reply.ts';
import { progressEncode } from '../../../src/images/progress.ts';
import { importResultRead } from '../../../src/images/progress-import.ts';
import { streamOf } from './tar-maker.ts';

const scrub = (text: string) => text.replaceAll('/var/lib/docker', '…');
const id = (digit: string) => `sha256:${digit.repeat(64)}`;
const bytes = (lines: object[], separator = '\r\n') =>
  new TextEncoder().encode(lines.map((line) => JSON.stringify(line) + separator).join(''));

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** As engine 20.10 tells of a load. */
const load = [
  {
    status: 'Loading layer',
    progressDetail: { current: 16384, total: 2160000 },
    progress: '[>      ]  16.38kB/2.16MB',
    id: '9c0abc9c5bd3',
  },
  {
    status: 'Loading layer',
    progressDetail: { current: 2160000, total: 2160000 },
    progress: '[======>]  2.16MB/2.16MB',
    id: '9c0abc9c5bd3',
  },
];
const linesOf = (source: AsyncIterable<Uint8Array>) => loadReplyRewrite(source, [], scrub).lines;

describe('the progress of a load', () => {
  it('passes line by line', async () => {
    expect(await all(linesOf(streamOf(bytes(load))))).toEqual(load);
  });

  it('reads the same wherever its chunks are cut, and with lines that are glued', async () => {
    const odd = [...load, { status: 'Unpacking', id: 'ver"}{\\' }, { error: 'naïve } " \\ {' }];
    for (const separator of ['', '\n', '\r\n']) {
      const stream = bytes(odd, separator);
      const whole = await all(linesOf(streamOf(stream)));
      expect(whole).toHaveLength(odd.length);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(stream.length), { maxLength: 40 }), async (cuts) => {
          expect(await all(linesOf(streamOf(stream, cuts)))).toEqual(whole);
        }),
        { numRuns: 50 },
      );
    }
  });

  it('goes over the wire as Docker writes it', () => {
    expect(new TextDecoder().decode(progressEncode({ status: 'Waiting', id: 'x' }))).toBe('{"status":"Waiting","id":"x"}\r\n');
  });
});

describe('a load that fails', () => {
  it('tells why, scrubbed', async () => {
    const line = { errorDetail: { message: 'write /var/lib/docker/x' }, error: 'write /var/lib/docker/x' };
    expect(await all(linesOf(streamOf(bytes([line]))))).toEqual([{ errorDetail: { message: 'write …/x' }, error: 'write …/x' }]);
  });

  it.each([
    ['a line that is cut off', '{"status":"Wait'],
    ['text', 'hello'],
    ['a list', '[{}]'],
    ['bad JSON', '{"status":}'],
    ['a closing brace alone', '}'],
    ['a line above the limit', `{"status":"${'x'.repeat(65 * 1024)}"}`],
    ['a line without end', `{"status":"${'x'.repeat(65 * 1024)}`],
  ])('is the fault of the engine: %s', async (_, text) => {
    const { lines, confirmed } = loadReplyRewrite(streamOf(new TextEncoder().encode(text), [1, 5000]), [], scrub);
    await expect(all(lines)).rejects.toMatchObject({ code: 'engine_failed' });
    await expect(confirmed).rejects.toMatchObject({ code: 'engine_failed' });
  });
});

it('a line that never ends is given up, not collected', async () => {
  async function* endless() {
    yield new TextEncoder().encode('{"status":"');
    for (;;) yield new TextEncoder().encode('x'.repeat(1000));
  }
  await expect(all(linesOf(endless()))).rejects.toMatchObject({ code: 'engine_failed' });
});

describe('what an engine says beyond its protocol', () => {
  it.each([
    [{ status: 'Loading layer', aux: { path: '/var/lib/docker' }, id: 'a', host: 'h1' }, [{ status: 'Loading layer', id: 'a' }]],
    [{ status: 'Stored at /var/lib/docker/overlay2' }, []],
    [{ status: 'Loading layer\n/var/lib' }, []],
    [
      { status: 'Loading layer', progress: '/var/lib/docker', progressDetail: { current: 'x', secret: 1 } },
      [{ status: 'Loading layer', progressDetail: {} }],
    ],
    [{ status: 'Loading layer', id: 'a b' }, [{ status: 'Loading layer' }]],
    [{ stream: 'anything' }, []],
    [{ errorDetail: {} }, [{ errorDetail: { message: 'unknown error' }, error: 'unknown error' }]],
  ])('reaches no tenant: %j', async (line, expected) => {
    expect(await all(linesOf(streamOf(bytes([line]))))).toEqual(expected);
  });
});

describe('the reply to a load', () => {
  const images = [
    { configDigest: id('a'), references: ['busybox:1', 'busybox:2'] },
    { configDigest: id('b'), references: [] },
  ];

  it('names tags where the engine, which saw none, names ids, and tells which ids it has', async () => {
    const loading = { status: 'Loading layer', progressDetail: { current: 1, total: 2 }, progress: '[=>  ]  1B/2B', id: '0123456789ab' };
    const reply = bytes([loading, { stream: `Loaded image ID: ${id('a')}\nLoaded image ID: ${id('b')}\n` }]);
    const { lines, confirmed } = loadReplyRewrite(streamOf(reply), Promise.resolve(images), scrub);
    expect(await all(lines)).toEqual([
      loading,
      { stream: 'Loaded image: busybox:1\n' },
      { stream: 'Loaded image: busybox:2\n' },
      { stream: `Loaded image ID: ${id('b')}\n` },
    ]);
    expect(await confirmed).toEqual([id('a'), id('b')]);
  });

  it('confirms nothing that the engine did not', async () => {
    const { lines, confirmed } = loadReplyRewrite(streamOf(bytes([{ error: 'no space left on /var/lib/docker' }])), images, scrub);
    expect(await all(lines)).toEqual([{ errorDetail: { message: 'no space left on …' }, error: 'no space left on …' }]);
    expect(await confirmed).toEqual([]);
  });

  it('drops texts that tell of other images', async () => {
    const told = { stream: `The image busybox:1 already exists, renaming the old one with ID ${id('c')} to empty string\n` };
    expect(await all(loadReplyRewrite(streamOf(bytes([told])), images, scrub).lines)).toEqual([]);
  });
});

describe('the result of an import', () => {
  it('is the id of the image', async () => {
    expect(await importResultRead(streamOf(bytes([{ status: 'Importing', progressDetail: {} }, { status: id('d') }])), scrub)).toBe(
      id('d'),
    );
  });

  it('is the reason, scrubbed, when there is no image', async () => {
    await expect(importResultRead(streamOf(bytes([{ error: 'bad tar in /var/lib/docker' }])), scrub)).rejects.toMatchObject({
      code: 'unprocessable',
      message: 'bad tar in …',
    });
    await expect(importResultRead(streamOf(bytes([{ status: 'Importing' }])), scrub)).rejects.toMatchObject({ code: 'engine_failed' });
  });
});
