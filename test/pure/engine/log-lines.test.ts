import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameParts, streamText } from '../../../src/engine/frames.ts';
import { logLines } from '../../../src/engine/log-lines.ts';

const time = '2026-11-24T10:00:00.123456789Z';

function frame(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function* cut(bytes: Buffer, at: readonly number[]): AsyncGenerator<Uint8Array> {
  const edges = [0, ...at.map((edge) => edge % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [index, edge] of edges.entries()) yield bytes.subarray(edge, edges[index + 1] ?? bytes.length);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('happy', () => {
  it('reads the same lines however the bytes were cut on their way', async () => {
    const bytes = Buffer.concat([
      frame(1, `${time} one\n`),
      frame(2, `${time} zwölf €\n`),
      frame(1, ''),
      frame(1, `${time} \n`),
      frame(2, `${time} no end`),
    ]);
    const lines = [
      { stream: 'stdout', time, line: 'one' },
      { stream: 'stderr', time, line: 'zwölf €' },
      { stream: 'stdout', time, line: '' },
      { stream: 'stderr', time, line: 'no end' },
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (at) => {
        expect(await all(logLines(cut(bytes, at), false))).toEqual(lines);
      }),
      { numRuns: 100 },
    );
  });

  it('reads a terminal by its line ends', async () => {
    const bytes = Buffer.from(`${time} a\r\n${time} b\r\n${time} $ `);
    expect((await all(logLines(cut(bytes, [5, 40]), true))).map(({ line }) => line)).toEqual(['a', 'b', '$ ']);
  });

  it('puts both streams together as text', async () => {
    expect(await streamText(cut(Buffer.concat([frame(1, 'a'), frame(2, 'b')]), [3, 11]), false)).toBe('ab');
  });
});

describe('error', () => {
  it('ends with what there is when a frame is cut off', async () => {
    const bytes = Buffer.concat([frame(1, `${time} one\n`), frame(1, `${time} two\n`).subarray(0, 20)]);
    expect((await all(logLines(cut(bytes, []), false))).map(({ line }) => line)).toEqual(['one']);
  });
});

describe('security', () => {
  it('holds no frame in memory: parts are passed on as they come', async () => {
    const header = Buffer.from([1, 0, 0, 0, 0x40, 0, 0, 0]);
    let given = 0;
    const endless = (async function* () {
      yield header;
      for (; given < 100; given++) yield Buffer.alloc(64 * 1024);
    })();
    let taken = 0;
    for await (const { bytes, whole } of frameParts(endless)) {
      expect(whole).toBe(false);
      expect(bytes.length).toBe(64 * 1024);
      expect(given - taken++).toBeLessThan(2);
    }
    expect(taken).toBe(100);
  });

  it('cuts a line without an end', async () => {
    const endless = Buffer.from(`${time} ${'x'.repeat(200_000)}`);
    const chunks = (async function* () {
      for (let at = 0; at < endless.length; at += 1_000) yield endless.subarray(at, at + 1_000);
    })();
    const lines = await all(logLines(chunks, true));
    expect(lines.length).toBeGreaterThanOrEqual(3);
    for (const { line } of lines) expect(line.length).toBeLessThan(70_000);
  });
});
