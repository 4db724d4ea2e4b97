import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Stage, stageUp } from './stage.ts';

let stage: Stage;
let red: Client;

beforeAll(async () => {
  stage = await stageUp('volume');
  red = stage.red;
});
afterAll(() => stage?.down());

const run = (...args: string[]) => red.out('run', '--rm', ...args);
const volumes = async (...filters: string[]) =>
  (await red.out('volume', 'ls', '-q', ...filters.flatMap((filter) => ['--filter', filter]))).split('\n').filter(Boolean);

describe('a volume', () => {
  it('is made, listed, inspected and removed', async () => {
    expect(await red.out('volume', 'create', '--label', 'app=shop', 'data')).toBe('data');
    expect(await red.out('volume', 'create', 'data')).toBe('data');
    const unnamed = await red.out('volume', 'create');
    expect(unnamed).toMatch(/^[0-9a-f]{64}$/);
    expect((await volumes()).sort()).toEqual([unnamed, 'data'].sort());
    expect(await volumes('label=app=shop')).toEqual(['data']);
    expect(await volumes('name=dat')).toEqual(['data']);
    expect(await red.out('volume', 'inspect', '--format', '{{.Name}} {{.Driver}} {{.Scope}} {{.Labels.app}}', 'data')).toBe(
      'data local local shop',
    );
    expect(await red.out('volume', 'rm', 'data', unnamed)).toBe(`data\n${unnamed}`);
    expect(await red.fails('volume', 'rm', 'data')).toContain('get data: no such volume');
  });

  it('keeps its files from one container to the next, wherever that runs', async () => {
    await run('-v', 'kept:/srv', 'busybox', 'sh', '-c', 'echo kept > /srv/file');
    for (let time = 0; time < 3; time++) expect(await run('-v', 'kept:/srv', 'busybox', 'cat', '/srv/file')).toBe('kept');
    expect(await volumes('dangling=true')).toEqual(['kept']);
  });

  it('is shared by two running containers', async () => {
    await red.out('run', '-d', '--name', 'writer', '-v', 'kept:/out', 'busybox', 'sleep', '1000');
    await red.out('run', '-d', '--name', 'reader', '--mount', 'type=volume,source=kept,target=/in,readonly', 'busybox', 'sleep', '1000');
    await red.out('exec', 'writer', 'sh', '-c', 'echo shared > /out/now');
    expect(await red.out('exec', 'reader', 'cat', '/in/now')).toBe('shared');
    expect(await red.fails('exec', 'reader', 'touch', '/in/mine')).toContain('1: touch: /in/mine: Read-only file system');
    expect(await red.out('run', '--rm', '--volumes-from', 'writer', 'busybox', 'cat', '/out/now')).toBe('shared');
  });

  it('is not removed while a container has it', async () => {
    expect(await volumes('dangling=true')).toEqual([]);
    expect(await red.fails('volume', 'rm', 'kept')).toMatch(/remove kept: volume is in use - \[[0-9a-f]{64}, [0-9a-f]{64}\]/);
    await red.out('rm', '-f', 'writer', 'reader');
    await red.out('volume', 'rm', 'kept');
    expect(await volumes()).toEqual([]);
  });

  it('is filled with what the image has at its place', async () => {
    expect(await run('-v', 'filled:/etc', 'busybox', 'cat', '/etc/group')).toContain('root:x:0');
    expect(await run('-v', 'filled:/copy', 'busybox', 'cat', '/copy/group')).toContain('root:x:0');
    await red.out('volume', 'rm', 'filled');
  });

  it('without a name goes with its --rm container, and is shown while that lives', async () => {
    await red.out('run', '-d', '--rm', '--name', 'brief', '-v', '/scratch', 'busybox', 'sleep', '1000');
    const [anonymous = ''] = await volumes();
    expect(anonymous).toMatch(/^[0-9a-f]{64}$/);
    expect(await red.out('inspect', '--format', '{{(index .Mounts 0).Name}} {{(index .Mounts 0).Destination}}', 'brief')).toBe(
      `${anonymous} /scratch`,
    );
    await red.out('rm', '-fv', 'brief');
    expect(await volumes()).toEqual([]);
  });
});

describe('what a volume is not', () => {
  it.each([
    [['-v', '/host:/x'], 'HostConfig.Binds'],
    [['-v', '/../etc:/x'], 'HostConfig.Binds'],
    [['--mount', 'type=bind,source=/etc,target=/x'], 'HostConfig.Mounts'],
    [
      ['--mount', 'type=volume,source=vol,target=/x,volume-driver=local,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/'],
      'DriverConfig',
    ],
    [['--volume-driver', 'nfs', '-v', 'vol:/x'], 'VolumeDriver'],
  ])('docker run %s is refused, naming the field', async (flags, field) => {
    expect(await red.fails('run', '--rm', ...flags, 'busybox', 'true')).toContain(field);
    expect(await volumes()).toEqual([]);
  });

  it('made with options of a driver', async () => {
    expect(await red.fails('volume', 'create', '-o', 'type=none', '-o', 'device=/', 'bad')).toContain('DriverOpts');
    expect(await red.fails('volume', 'create', '--driver', 'nfs', 'bad')).toContain('plugin "nfs" not found');
  });
});
