import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TarEntry } from '../../../src/images/archive-tar.ts';
import { TarReader } from '../../../src/images/archive-tar-read.ts';
import { tarEnd, tarHeader } from '../../../src/images/archive-tar-write.ts';
import { bytesOf, streamOf } from './tar-maker.ts';

const path = fc.array(fc.stringMatching(/^[\w-]{1,90}$/), { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const entry: fc.Arbitrary<TarEntry> = fc.oneof(
  fc.record({ kind: fc.constant('file' as const), name: path, target: fc.constant(''), size: fc.maxSafeNat(), mtime: fc.nat() }),
  fc.record({
    kind: fc.constantFrom('symlink' as const, 'hardlink' as const),
    name: path,
    target: path,
    size: fc.constant(0),
    mtime: fc.nat(),
  }),
);

describe('a tar header', () => {
  it('says what it was made of, whatever the length of its names and its size', async () => {
    const sizeLimit = 10 ** 15;
    await fc.assert(
      fc.asyncProperty(entry, async (made) => {
        const limited = { ...made, size: made.size % sizeLimit };
        expect(await new TarReader(streamOf(tarHeader(limited))).next()).toEqual(limited);
      }),
    );
  });

  it('is understood by tar', () => {
    const long = 'd'.repeat(80);
    const archive = bytesOf([
      tarHeader({ kind: 'directory', name: 'folder', target: '', size: 0, mtime: 0 }),
      tarHeader({ kind: 'file', name: `${long}/${long}`, target: '', size: 0, mtime: 0 }),
      tarHeader({ kind: 'symlink', name: 'link', target: `${long}/${long}`, size: 0, mtime: 0 }),
      tarEnd(),
    ]);
    const listed = execFileSync('tar', ['-tvf', '-'], { input: archive, encoding: 'utf8', env: { PATH: process.env.PATH, TZ: 'UTC' } });
    expect(listed.split('\n').map((line) => line.split(/\s+/).slice(5).join(' '))).toEqual([
      'folder/',
      `${long}/${long}`,
      `link -> ${long}/${long}`,
      '',
    ]);
  });

  it('of an unusual writer is read: numbers in binary, no magic', async () => {
    const header = tarHeader({ kind: 'file', name: 'x', target: '', size: 0, mtime: 0 });
    header.fill(0, 124, 136);
    header[124] = 0x80;
    header[131] = 2;
    header.fill(0, 257, 265);
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
    header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
    expect(await new TarReader(streamOf(header)).next()).toMatchObject({ name: 'x', size: 2 * 2 ** 32 });
  });
});
