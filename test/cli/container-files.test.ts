import { mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processRun } from '../../src/runtime/local/process.ts';
import { type Client, type Stage, stageUp } from './stage.ts';

let stage: Stage;
let red: Client;
let folder: string;

beforeAll(async () => {
  stage = await stageUp('files');
  red = stage.red;
  folder = await mkdtemp(join(tmpdir(), 'berth-cli-files-'));
  await red.out('run', '-d', '--name', 'box', 'busybox', 'sleep', '1000');
});
afterAll(async () => {
  await stage?.down();
  await rm(folder, { recursive: true, force: true });
});

const tarList = async (archive: string) => (await processRun(['tar', '-tf', archive])).stdout;

describe('docker cp', () => {
  it('carries a file there and back, with its mode', async () => {
    const file = join(folder, 'script');
    await writeFile(file, 'echo carried\n', { mode: 0o755 });
    await red.out('cp', file, 'box:/usr/local-script');
    expect(await red.out('exec', 'box', 'sh', '/usr/local-script')).toBe('carried');
    await red.out('cp', 'box:/usr/local-script', join(folder, 'back'));
    expect(await readFile(join(folder, 'back'), 'utf8')).toBe('echo carried\n');
    expect((await stat(join(folder, 'back'))).mode & 0o777).toBe(0o755);
  });

  it('carries a directory with its links, into one that exists and as one that does not', async () => {
    const tree = join(folder, 'tree');
    await mkdir(join(tree, 'deep'), { recursive: true });
    await writeFile(join(tree, 'deep', 'leaf'), 'leaf');
    await symlink('deep/leaf', join(tree, 'link'));
    await red.out('cp', tree, 'box:/tmp');
    await red.out('cp', `${tree}/.`, 'box:/renamed');
    expect(await red.out('exec', 'box', 'cat', '/tmp/tree/link', '/renamed/link')).toBe('leafleaf');
    await red.out('cp', 'box:/tmp/tree', join(folder, 'copy'));
    expect(await readFile(join(folder, 'copy/deep/leaf'), 'utf8')).toBe('leaf');
    expect(await readlink(join(folder, 'copy/link'))).toBe('deep/leaf');
  });

  it('reads and writes tar on its standard streams', async () => {
    const { stdout, code } = await red.docker(['cp', 'box:/etc/passwd', '-']);
    expect(code).toBe(0);
    await writeFile(join(folder, 'passwd.tar'), stdout);
    expect(await tarList(join(folder, 'passwd.tar'))).toBe('passwd\n');
    await red.pipe(await readFile(join(folder, 'passwd.tar')), 'cp', '-', 'box:/tmp');
    expect(await red.out('exec', 'box', 'head', '-n', '1', '/tmp/passwd')).toMatch(/^root:/);
  });

  it('carries megabytes unchanged', async () => {
    const bytes = Buffer.alloc(32 * 1024 * 1024, 'berth ');
    await writeFile(join(folder, 'large'), bytes);
    await red.out('cp', join(folder, 'large'), 'box:/large');
    await red.out('cp', 'box:/large', join(folder, 'large-back'));
    expect((await readFile(join(folder, 'large-back'))).equals(bytes)).toBe(true);
  });

  it('works on a container that does not run, and between two of them by a pipe', async () => {
    await red.out('create', '--name', 'still', 'busybox');
    await writeFile(join(folder, 'note'), 'note');
    await red.out('cp', join(folder, 'note'), 'still:/note');
    await red.out('cp', 'still:/note', join(folder, 'note-back'));
    expect(await readFile(join(folder, 'note-back'), 'utf8')).toBe('note');
    await red.out('rm', 'still');
  });

  it('says which path there is not', async () => {
    expect(await red.fails('cp', 'box:/no/such/file', folder)).toMatch(/Could not find the file \/no\/such\/file in container/);
    expect(await red.fails('cp', join(folder, 'script'), 'box:/no/such/dir/')).toMatch(/no such directory|Could not find the file/i);
    expect(await red.fails('cp', 'nobody:/x', folder)).toContain('No such container: nobody');
  });
});

describe('docker export', () => {
  it('writes the whole root as a tar, which docker import takes', async () => {
    await red.out('exec', 'box', 'sh', '-c', 'echo exported > /marker');
    const archive = join(folder, 'root.tar');
    await red.out('export', '-o', archive, 'box');
    expect(await tarList(archive)).toMatch(/^(\.\/)?marker$/m);
    await red.out('import', '-c', 'CMD ["cat", "/marker"]', archive, 'exported:1');
    expect(await red.out('run', '--rm', 'exported:1', 'cat', '/marker')).toBe('exported');
    expect(await red.out('run', '--rm', 'exported:1')).toBe('exported');
  });
});

describe('what no tenant can be given', () => {
  it.each([
    [['plugin', 'ls'], 'A plugin runs on the host with all its rights'],
    [['swarm', 'init'], 'Berth is no Swarm'],
    [['secret', 'ls'], 'Berth is no Swarm'],
    [['node', 'ls'], 'Berth is no Swarm'],
  ])('docker %j says why', async (command, why) => {
    const said = await red.fails(...command);
    expect(said).toContain(why);
    expect(said).toContain('docs/divergence.md');
  });
});
