import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Stage, stageUp } from './stage.ts';

let stage: Stage;
let red: Client;
let folder: string;

beforeAll(async () => {
  stage = await stageUp('image');
  red = stage.red;
  folder = await mkdtemp(join(tmpdir(), 'berth-cli-image-'));
});
afterAll(async () => {
  await stage?.down();
  await rm(folder, { recursive: true, force: true });
});

const names = async (...args: string[]) =>
  (await red.out('images', '--format', '{{.Repository}}:{{.Tag}}', ...args)).split('\n').filter(Boolean).sort();
const idOf = (name: string) => red.out('image', 'inspect', '--format', '{{.Id}}', name);

describe('images', () => {
  it('are listed with their names, by reference and by id', async () => {
    expect(await names()).toEqual(['busybox:latest']);
    expect(await names('busybox')).toEqual(['busybox:latest']);
    expect(await names('--filter', 'reference=busy*:latest')).toEqual(['busybox:latest']);
    expect(await names('nothing')).toEqual([]);
    expect(await red.out('images', '-q', '--no-trunc')).toBe(await idOf('busybox'));
    expect(await red.out('images')).toMatch(
      /^REPOSITORY\s+TAG\s+IMAGE ID\s+CREATED\s+SIZE\nbusybox\s+latest\s+[0-9a-f]{12}\s+.*\d(\.\d+)?MB$/,
    );
  });

  it('have a history', async () => {
    expect(await red.out('history', '--format', '{{.CreatedBy}}', 'busybox')).toBe('busybox-static');
  });

  it('get more names and lose them one by one', async () => {
    await red.out('tag', 'busybox', 'shop/api:1.2');
    await red.out('tag', (await idOf('busybox')).slice('sha256:'.length, 'sha256:'.length + 8), 'registry.example.com:5000/x');
    expect(await names()).toEqual(['busybox:latest', 'registry.example.com:5000/x:latest', 'shop/api:1.2']);
    expect(await red.out('run', '--rm', 'shop/api:1.2', 'echo', 'tagged')).toBe('tagged');
    expect(await red.out('rmi', 'shop/api:1.2')).toBe('Untagged: shop/api:1.2');
    expect(await red.fails('rmi', await idOf('busybox'))).toMatch(/image is referenced in multiple repositories/);
    await red.out('rmi', 'registry.example.com:5000/x');
    expect(await names()).toEqual(['busybox:latest']);
  });

  it('are not removed while a container has them', async () => {
    const id = await red.out('create', 'busybox');
    expect(await red.fails('rmi', 'busybox')).toContain(`container ${id.slice(0, 12)} is using its referenced image`);
    await red.out('rm', id);
  });

  it('are saved and loaded again, with their names', async () => {
    await red.out('tag', 'busybox', 'saved:1');
    const archive = join(folder, 'saved.tar');
    await red.out('save', '-o', archive, 'saved:1', 'busybox');
    const id = await idOf('saved:1');
    await red.out('rmi', 'saved:1', 'busybox');
    expect(await names()).toEqual([]);
    const said = await red.out('load', '-i', archive);
    expect(said.split('\n').sort()).toEqual(['Loaded image: busybox:latest', 'Loaded image: saved:1']);
    expect(await idOf('saved:1')).toBe(id);
    expect(await red.out('run', '--rm', 'saved:1', 'echo', 'loaded')).toBe('loaded');
    await red.out('rmi', 'saved:1');
  });

  it('pass from save to load through a pipe, compressed too', async () => {
    await red.out('save', '-o', join(folder, 'plain.tar'), 'busybox');
    const { gzipSync } = await import('node:zlib');
    expect(await stage.blue.pipe(gzipSync(await readFile(join(folder, 'plain.tar'))), 'load')).toBe('Loaded image: busybox:latest');
  });

  it('are imported from a root file system, with changes', async () => {
    const box = await red.out('create', 'busybox');
    await red.out('export', '-o', join(folder, 'root.tar'), box);
    await red.out('rm', box);
    const id = await red.out(
      'import',
      '-m',
      'from a test',
      '-c',
      'ENV GREETING=hello',
      '-c',
      'CMD ["sh", "-c", "echo $GREETING"]',
      join(folder, 'root.tar'),
      'imported:1',
    );
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await red.out('run', '--rm', 'imported:1', 'sh', '-c', 'echo $GREETING')).toBe('hello');
    expect(await red.out('run', '--rm', 'imported:1')).toBe('hello');
    expect(await red.out('history', '--format', '{{.Comment}}', 'imported:1')).toBe('from a test');
    expect((await red.out('rmi', 'imported:1')).split('\n')).toEqual(['Untagged: imported:1', `Deleted: ${id}`]);
  });

  it('that are not there are missed by name', async () => {
    expect(await red.fails('rmi', 'nothing')).toContain('No such image: nothing:latest');
    expect(await red.fails('save', '-o', join(folder, 'none.tar'), 'nothing')).toContain('No such image: nothing:latest');
    expect(await red.fails('tag', 'nothing', 'something')).toContain('No such image: nothing:latest');
    expect(await red.fails('run', '--rm', '--pull', 'never', 'nothing')).toMatch(/^125: .*No such image: nothing:latest/);
  });

  it('cannot be made of what is no archive, or of an address', async () => {
    await writeFile(join(folder, 'noise'), 'noise '.repeat(1000));
    expect(await red.fails('load', '-i', join(folder, 'noise'))).toMatch(/Error response from daemon: |Error processing tar|archive/);
    expect(await red.fails('import', 'http://127.0.0.1:1/x.tar')).toContain('fromSrc');
    expect(await names()).toEqual(['busybox:latest']);
  });
});

describe('an image and the hosts', () => {
  it('gets to each host that a container of it is placed on', async () => {
    const box = await red.out('create', 'busybox');
    const exported = join(folder, 'spread.tar');
    await red.out('export', '-o', exported, box);
    await red.out('rm', box);
    await red.out('import', exported, 'spread:1');
    const id = await idOf('spread:1');
    for (let n = 0; n < 6; n++) await red.out('run', '-d', '--name', `spread-${n}`, 'spread:1', 'sleep', '1000');
    for (const host of stage.hosts) {
      const direct = async (...args: string[]) => (await red.docker(args, { env: host.dockerHostEnv })).stdout.trim();
      expect((await direct('ps', '-q', '--filter', `label=io.berth.tenant=${red.id}`)).split('\n')).toHaveLength(2);
      expect(await direct('image', 'inspect', '--format', '{{.Id}}', id)).toBe(id);
    }
    await red.out('rm', '-f', ...Array.from({ length: 6 }, (_, n) => `spread-${n}`));
  });
});
