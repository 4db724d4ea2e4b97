import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spoolOpenMake } from '../../src/runtime/spool.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-spool-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a spool', () => {
  it('gives back any part of what was written, and has no name that could stay behind', async () => {
    const spool = await spoolOpenMake({ folder, tenantBytes: 1000 })('red');
    await spool.write(Buffer.from('hello '));
    await spool.write(Buffer.from('world'));
    const chunks: Uint8Array[] = [];
    for await (const chunk of spool.read(4, 4)) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('o wo');
    expect(await readdir(folder)).toEqual([]);
    await spool.close();
    await spool.close();
  });

  it('takes of the disk what its tenant may have, over all of them at once', async () => {
    const open = spoolOpenMake({ folder, tenantBytes: 10 });
    const [first, second, blue] = [await open('red'), await open('red'), await open('blue')];
    await first.write(new Uint8Array(6));
    await expect(second.write(new Uint8Array(6))).rejects.toMatchObject({ code: 'too_large' });
    await blue.write(new Uint8Array(6));
    await first.close();
    await second.write(new Uint8Array(6));
    await Promise.all([second.close(), blue.close()]);
  });
});
