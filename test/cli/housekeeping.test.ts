import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Stage, stageUp } from './stage.ts';

let stage: Stage;
let red: Client;
let blue: Client;

beforeAll(async () => {
  stage = await stageUp('keep');
  ({ red, blue } = stage);
});
afterAll(() => stage?.down());
afterEach(async () => {
  for (const client of [red, blue]) {
    const left = (await client.out('ps', '-aq')).split('\n').filter(Boolean);
    if (left.length > 0) await client.out('rm', '-fv', ...left);
  }
});

const inspected = (client: Client, format: string, name: string) => client.out('inspect', '--format', format, name);
const lines = (text: string) => text.split('\n').filter(Boolean);

describe('docker update', () => {
  it('changes what a running container may use, in its cgroup and in its inspect', async () => {
    await red.out('run', '-d', '--name', 'web', '-m', '64m', '--cpus', '0.5', 'busybox', 'sleep', '1000');
    expect(await red.out('update', '-m', '96m', '--cpus', '0.25', '--pids-limit', '77', '--restart', 'on-failure:3', 'web')).toBe('web');
    expect(
      await inspected(
        red,
        '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}',
        'web',
      ),
    ).toBe(`${96 * 1024 ** 2} 250000000 77 on-failure:3`);
    const read = 'cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes';
    expect(await red.out('exec', 'web', 'sh', '-c', read)).toBe(String(96 * 1024 ** 2));
    expect(await red.out('update', '--cpu-shares', '512', 'web')).toBe('web');
    expect(await inspected(red, '{{.HostConfig.CpuShares}} {{.HostConfig.Memory}}', 'web')).toBe(`512 ${96 * 1024 ** 2}`);
  });

  it('refuses what a create refuses, and what does not go together', async () => {
    await red.out('create', '--name', 'still', '-m', '64m', '--memory-reservation', '32m', 'busybox', 'true');
    await red.out('create', '--rm', '--name', 'brief', 'busybox', 'true');
    expect(await red.fails('update', '--blkio-weight', '300', 'still')).toContain('BlkioWeight is not allowed: disks belong to the host');
    expect(await red.fails('update', '--cpuset-cpus', '0', 'still')).toContain('CpusetCpus is not allowed');
    expect(await red.fails('update', '-m', '16m', 'still')).toContain('Minimum memory limit can not be less than memory reservation limit');
    expect(await red.fails('update', '--restart', 'always', 'brief')).toContain(
      'Restart policy cannot be updated because AutoRemove is enabled for the container',
    );
    expect(await inspected(red, '{{.HostConfig.Memory}}', 'still')).toBe(String(64 * 1024 ** 2));
  });

  it('refuses more than the host has, and the container keeps what it had', async () => {
    await red.out('run', '-d', '--name', 'big', '-m', '64m', 'busybox', 'sleep', '1000');
    expect(await red.fails('update', '-m', '200g', 'big')).toContain('no room for that');
    expect(await inspected(red, '{{.HostConfig.Memory}}', 'big')).toBe(String(64 * 1024 ** 2));
  });
});

describe('docker diff', () => {
  it('names what was added, changed and deleted', async () => {
    await red.out('run', '--name', 'writer', 'busybox', 'sh', '-c', 'touch /new && rm /etc/group');
    expect(lines(await red.out('diff', 'writer')).sort()).toEqual(['A /new', 'C /etc', 'D /etc/group']);
  });
});

describe('prune', () => {
  it('of containers takes those that ended, on every host, and leaves what runs', async () => {
    const ended: string[] = [];
    for (let i = 0; i < 4; i++)
      ended.push(await red.out('run', '-d', '--label', `n=${i}`, 'busybox', 'sh', '-c', 'echo 0123456789 > /file'));
    await red.out('wait', ...ended);
    await red.out('run', '-d', '--name', 'runs', 'busybox', 'sleep', '1000');
    await blue.out('run', '--name', 'theirs', 'busybox', 'true');
    expect(await red.out('container', 'prune', '-f', '--filter', 'label=n=0')).toContain(ended[0]);
    expect(await red.out('container', 'prune', '-f', '--filter', 'until=24h')).toBe('Total reclaimed space: 0B');
    expect(await red.out('container', 'prune', '-f', '--filter', 'label!=n=1')).not.toContain(ended[1]);
    const said = await red.out('container', 'prune', '-f');
    expect(said).toContain(ended[1]);
    expect(said).toMatch(/Total reclaimed space: [1-9]\d*B/);
    expect(lines(await red.out('ps', '-a', '--format', '{{.Names}}'))).toEqual(['runs']);
    expect(lines(await blue.out('ps', '-a', '--format', '{{.Names}}'))).toEqual(['theirs']);
  });

  it('of volumes takes those without a name; with --all any that nobody has', async () => {
    const unnamed = await red.out('volume', 'create');
    for (const name of ['old', 'used', 'kept']) await red.out('volume', 'create', '--label', name, name);
    await blue.out('volume', 'create', 'theirs');
    await red.out('run', '-d', '-v', 'used:/x', 'busybox', 'sleep', '1000');
    await red.out('run', '--rm', '-v', 'old:/x', 'busybox', 'sh', '-c', 'dd if=/dev/zero of=/x/file bs=1024 count=100 2>/dev/null');
    expect(await red.out('volume', 'prune', '-f')).toContain(unnamed);
    const said = await red.out('volume', 'prune', '-af', '--filter', 'label!=kept');
    expect(said).toContain('old');
    expect(said).toMatch(/Total reclaimed space: 10\d(\.\d+)?kB/);
    expect(lines(await red.out('volume', 'ls', '-q'))).toEqual(['kept', 'used']);
    expect(lines(await blue.out('volume', 'ls', '-q'))).toEqual(['theirs']);
  });

  it('of networks takes those without a member', async () => {
    for (const name of ['empty', 'peopled']) await red.out('network', 'create', name);
    await blue.out('network', 'create', 'theirs');
    await red.out('run', '-d', '--network', 'peopled', 'busybox', 'sleep', '1000');
    expect(await red.out('network', 'prune', '-f')).toBe('Deleted Networks:\nempty');
    expect(lines(await red.out('network', 'ls', '--format', '{{.Name}}')).sort()).toEqual(['bridge', 'none', 'peopled']);
    expect(await blue.out('network', 'ls', '-q', '--filter', 'name=theirs')).not.toBe('');
  });

  it('of images takes those without a name; with -a any that no container has', async () => {
    await red.out('run', '-d', 'busybox', 'sleep', '1000');
    await red.pipe(await tarball('a'), 'import', '-', 'named:1');
    const dangling = await red.pipe(await tarball('b'), 'import', '-');
    const said = await red.out('image', 'prune', '-f');
    expect(said).toContain(`deleted: ${dangling}`);
    expect(said).not.toContain('named:1');
    expect(await red.out('image', 'prune', '-af')).toContain('untagged: named:1');
    expect(lines(await red.out('images', '--format', '{{.Repository}}'))).toEqual(['busybox']);
    expect(await blue.out('images', '--format', '{{.Repository}}')).toBe('busybox');
  });
});

describe('docker system df', () => {
  it('counts the own things on every host, and nothing of another tenant', async () => {
    await blue.out('run', '--name', 'theirs', '-v', 'their-data:/x', 'busybox', 'sh', '-c', 'echo x > /x/file');
    for (let i = 0; i < 3; i++)
      await red.out('run', '-d', '-v', 'data:/x', '--label', 'mine', 'busybox', 'sh', '-c', 'echo 12345 > /x/file; sleep 1000');
    const summary = await red.out('system', 'df', '--format', '{{.Type}} {{.TotalCount}} {{.Active}}');
    expect(lines(summary)).toEqual(['Images 1 1', 'Containers 3 3', expect.stringMatching(/^Local Volumes \d+ 1$/), 'Build Cache 0 0']);
    const verbose = await red.out('system', 'df', '-v');
    expect(verbose).toMatch(/^data +3 +6B$/m);
    expect(verbose).toMatch(/^busybox +latest .* 3$/m);
    expect(verbose).not.toContain('their');
  });

  it('of an image that two tenants have tells each what it would have alone', async () => {
    const mine = JSON.parse((await red.call('GET', '/v1.47/system/df?type=image')).text);
    expect(mine.Images[0]).toMatchObject({ SharedSize: 0 });
    expect(mine.LayersSize).toBe(mine.Images[0].Size);
    expect([mine.Containers, mine.Volumes, mine.BuildCache]).toEqual([null, null, null]);
  });
});

async function tarball(content: string): Promise<Buffer> {
  const { tarOf } = await import('../pure/images/tar-maker.ts');
  return Buffer.from(tarOf([{ name: content, content }]));
}

describe('docker system prune', () => {
  it('takes what ended, what is empty and what has no name, and says how much', async () => {
    const ended = await red.out('run', '-d', 'busybox', 'true');
    await red.out('wait', ended);
    await red.out('network', 'create', 'lonely');
    const unnamed = await red.out('volume', 'create');
    await red.out('run', '-d', '--name', 'runs', 'busybox', 'sleep', '1000');
    const said = await red.out('system', 'prune', '-f', '--volumes');
    for (const name of [ended, 'lonely', unnamed]) expect(said).toContain(name);
    expect(said).toMatch(/Total reclaimed space: /);
    expect(lines(await red.out('ps', '-a', '--format', '{{.Names}}'))).toEqual(['runs']);
  });
});
