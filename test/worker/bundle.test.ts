import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processMustRun } from '../../src/runtime/local/process.ts';

const root = join(import.meta.dirname, '../..');

/** Of the Postgres driver's Workers build, and of libraries that ask for a Buffer when there is one. */
const allowed = ['cloudflare:sockets', 'node:buffer', 'node:events', 'node:stream'];

describe('the bundle of the Worker', () => {
  it('holds nothing that only Node has: no engine, no file, no socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'berth-bundle-'));
    await processMustRun([join(root, 'node_modules/.bin/wrangler'), 'deploy', '--dry-run', '--outdir', folder], { cwd: root });
    const code = await readFile(join(folder, 'worker.js'), 'utf8');
    await rm(folder, { recursive: true });
    const imported = [...code.matchAll(/(?:\bfrom |\bimport\(|\bimport |\brequire\()"((?:node|cloudflare):[^"]+)"/g)].map(
      (match) => match[1],
    );
    expect(imported).toContain('cloudflare:sockets');
    expect(imported.filter((name) => !allowed.includes(name ?? ''))).toEqual([]);
  });
});
