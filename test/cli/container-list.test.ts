import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Stage, stageUp } from './stage.ts';

let stage: Stage;
let red: Client;
/** By name: the ids of the containers below, oldest first. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  stage = await stageUp('list');
  red = stage.red;
  await red.out('network', 'create', 'app');
  await red.out('tag', 'busybox', 'shop:2');
  const make = async (name: string, ...args: string[]) => (ids[name] = await red.out(...args));
  await make('web-1', 'run', '-d', '--name', 'web-1', '--label', 'tier=web', '--network', 'app', 'busybox', 'sleep', '1000');
  await make(
    'web-2',
    'run',
    '-d',
    '--name',
    'web-2',
    '--label',
    'tier=web',
    '--label',
    'canary',
    '--expose',
    '80',
    '-v',
    'data:/srv',
    'busybox',
    'sleep',
    '1000',
  );
  await make('job', 'run', '-d', '--name', 'job', 'shop:2', 'sh', '-c', 'exit 3');
  await make('idle', 'create', '--name', 'idle', 'busybox');
  await make('held', 'run', '-d', '--name', 'held', 'busybox', 'sleep', '1000');
  await red.out('pause', 'held');
  await red.out('wait', 'job');
});
afterAll(() => stage?.down());

/** Names, newest first, of the containers that a list shows. */
const names = async (...args: string[]) =>
  (await red.out('ps', '--format', '{{.Names}}', ...args)).split('\n').filter((name) => name !== '');
const all = (...filters: string[]) => names('-a', ...filters.flatMap((filter) => ['--filter', filter]));

describe('docker ps', () => {
  it('shows what runs, newest first, and with -a everything', async () => {
    expect(await names()).toEqual(['held', 'web-2', 'web-1']);
    expect(await names('-a')).toEqual(['held', 'idle', 'job', 'web-2', 'web-1']);
  });

  it('shows the last ones made, running or not', async () => {
    expect(await names('--latest')).toEqual(['held']);
    expect(await names('--last', '3')).toEqual(['held', 'idle', 'job']);
  });

  it('has the columns that people know', async () => {
    const [title, ...lines] = (await red.out('ps', '-a')).split('\n');
    expect(title?.split(/\s{2,}/)).toEqual(['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES']);
    const line = (name: string) => lines.find((text) => text.endsWith(` ${name}`)) ?? '';
    expect(line('web-1')).toMatch(new RegExp(`^${ids['web-1']?.slice(0, 12)}\\s+busybox\\s+"sleep 1000"\\s+.* ago\\s+Up .*`));
    expect(line('job')).toMatch(/shop:2\s+"sh -c 'exit 3'"\s+.*Exited \(3\) .* ago/);
    expect(line('idle')).toMatch(/Created/);
    expect(line('held')).toMatch(/Up .* \(Paused\)/);
  });

  it('shows ids, sizes and templates', async () => {
    expect(await red.out('ps', '-q', '--no-trunc', '--filter', 'name=web-1')).toBe(ids['web-1']);
    expect(await red.out('ps', '--size', '--filter', 'name=web-1', '--format', '{{.Size}}')).toMatch(/^0B \(virtual \d[\d.]*MB\)$/);
    expect(await red.out('ps', '--filter', 'name=web-1', '--format', '{{.Networks}} {{.Labels}} {{.State}} {{.LocalVolumes}}')).toBe(
      'app tier=web running 0',
    );
    expect(await red.out('ps', '--filter', 'name=web-2', '--format', '{{.Mounts}} {{.Networks}} {{.Ports}}')).toBe('data bridge 80/tcp');
    expect(JSON.parse(await red.out('ps', '--filter', 'name=web-1', '--format', 'json'))).toMatchObject({
      Names: 'web-1',
      State: 'running',
      Image: 'busybox',
    });
  });

  it.each([
    ['id', () => [`id=${ids['web-1']?.slice(0, 8)}`], ['web-1']],
    ['part of a name', () => ['name=web'], ['web-2', 'web-1']],
    ['pattern of a name', () => ['name=^/?web-1$'], ['web-1']],
    ['label', () => ['label=canary'], ['web-2']],
    ['label and value', () => ['label=tier=web'], ['web-2', 'web-1']],
    ['two labels, both of them', () => ['label=tier=web', 'label=canary'], ['web-2']],
    ['exit code', () => ['exited=3'], ['job']],
    ['status', () => ['status=created'], ['idle']],
    ['one of two statuses', () => ['status=paused', 'status=exited'], ['held', 'job']],
    ['older than another', () => ['before=job'], ['web-2', 'web-1']],
    ['younger than another', () => ['since=job'], ['held', 'idle']],
    ['image', () => ['ancestor=shop:2'], ['held', 'idle', 'job', 'web-2', 'web-1']],
    ['network', () => ['network=app'], ['web-1']],
    ['volume by name', () => ['volume=data'], ['web-2']],
    ['volume by path', () => ['volume=/srv'], ['web-2']],
    ['exposed port', () => ['expose=80'], ['web-2']],
    ['health', () => ['health=none'], ['held', 'idle', 'job', 'web-2', 'web-1']],
    ['two kinds, both of them', () => ['name=web', 'label=canary'], ['web-2']],
    ['what nobody has', () => ['name=nothing'], []],
  ])('filters by %s', async (_, filters, expected) => {
    expect(await all(...filters())).toEqual(expected);
  });

  it('refuses a filter that there is not, and a value that is none', async () => {
    expect(await red.fails('ps', '--filter', 'colour=red')).toMatch(/invalid filter/);
    expect(await red.fails('ps', '--filter', 'status=happy')).toMatch(/happy/);
    expect(await red.fails('ps', '--filter', 'before=nobody')).toMatch(/nobody/i);
  });
});

describe('docker inspect', () => {
  const inspect = async (...args: string[]) => JSON.parse(await red.out('inspect', ...args));

  it('shows a container by name, id and prefix, in the words of its tenant', async () => {
    const [byName] = await inspect('web-1');
    expect(byName).toMatchObject({
      Id: ids['web-1'],
      Name: '/web-1',
      Path: 'sleep',
      Args: ['1000'],
      State: { Status: 'running', Running: true, Paused: false, ExitCode: 0 },
      Config: { Image: 'busybox', Cmd: ['sleep', '1000'], Labels: { tier: 'web' } },
      HostConfig: { NetworkMode: 'app', AutoRemove: false, RestartPolicy: { Name: 'no' } },
    });
    expect(Object.keys(byName.NetworkSettings.Networks)).toEqual(['app']);
    expect(await inspect(ids['web-1']?.slice(0, 10) ?? '')).toEqual([byName]);
  });

  it('shows nothing of the host', async () => {
    const text = await red.out('inspect', ...Object.keys(ids), 'app', 'data', 'busybox');
    for (const { name, address, namespace, socket } of stage.hosts)
      for (const word of [name, address, namespace, socket]) expect(text).not.toContain(word);
    expect(text).not.toMatch(/io\.berth|\.berth\/|berth-[0-9a-f]/);
  });

  it('finds networks, volumes and images too, and adds sizes when asked', async () => {
    expect(await inspect('app')).toMatchObject([{ Name: 'app', Driver: 'bridge', Scope: 'local' }]);
    expect(await inspect('data')).toMatchObject([{ Name: 'data', Driver: 'local' }]);
    expect(await inspect('shop:2')).toMatchObject([{ RepoTags: ['busybox:latest', 'shop:2'], Os: 'linux' }]);
    expect((await inspect('--size', 'web-1'))[0].SizeRootFs).toBeGreaterThan(0);
  });

  it('says of an unknown name what a stock engine makes the CLI say', async () => {
    expect(await red.fails('inspect', 'nobody')).toBe('1: Error: No such object: nobody');
    expect(await red.fails('container', 'inspect', 'nobody')).toBe('1: Error response from daemon: No such container: nobody');
    expect(await red.fails('image', 'inspect', 'nobody')).toMatch(/No such image: nobody:latest$/);
    expect(await red.fails('network', 'inspect', 'nobody')).toBe('1: Error response from daemon: network nobody not found');
    expect(await red.fails('volume', 'inspect', 'nobody')).toBe('1: Error response from daemon: get nobody: no such volume');
  });
});

describe('docker info and docker version', () => {
  it('show the fleet as one engine of this tenant', async () => {
    const info = JSON.parse(await red.out('info', '--format', 'json'));
    expect(info).toMatchObject({
      Containers: 5,
      ContainersRunning: 2,
      ContainersPaused: 1,
      ContainersStopped: 2,
      Images: 1,
      OSType: 'linux',
    });
    expect(info.NCPU).toBeGreaterThan(0);
    expect(info.MemTotal).toBeGreaterThan(0);
    expect(info.ServerErrors ?? []).toEqual([]);
    expect(await red.out('info')).toContain('Server:');
  });

  it('tell which server it is', async () => {
    const version = JSON.parse(await red.out('version', '--format', 'json'));
    expect(version.Server.ApiVersion).toBe('1.47');
    expect(version.Server.MinAPIVersion).toBe('1.24');
    expect(await red.out('version')).toMatch(/Server:.*Berth/);
  });

  it('work from the oldest client version that current engines refuse', async () => {
    const result = await red.docker(['ps', '-q', '--filter', 'name=web-1'], { env: { DOCKER_API_VERSION: '1.24' } });
    expect(result).toEqual({ code: 0, stdout: `${ids['web-1']?.slice(0, 12)}\n`, stderr: '' });
  });
});
