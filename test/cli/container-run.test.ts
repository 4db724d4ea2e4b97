import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness.ts';
import { type Client, type Stage, stageUp } from './stage.ts';

let stage: Stage;
let red: Client;

beforeAll(async () => {
  stage = await stageUp('run');
  red = stage.red;
});
afterAll(() => stage?.down());

const run = (...args: string[]) => red.out('run', '--rm', ...args);

describe('docker run', () => {
  it('prints what the container prints, on the stream it came from', async () => {
    const result = await red.docker(['run', '--rm', 'busybox', 'sh', '-c', 'echo out; echo err >&2']);
    expect(result).toEqual({ code: 0, stdout: 'out\n', stderr: 'err\n' });
  });

  it('passes its input on and hands the end of it over while output still comes', async () => {
    expect(await red.pipe('hi\n', 'run', '--rm', '-i', 'busybox', 'cat')).toBe('hi');
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    expect(await red.pipe(megabyte, 'run', '--rm', '-i', 'busybox', 'wc', '-c')).toBe(String(megabyte.length));
  });

  it('ends with the exit code of the container', async () => {
    for (const code of [0, 1, 7, 137]) expect((await red.docker(['run', '--rm', 'busybox', 'sh', '-c', `exit ${code}`])).code).toBe(code);
  });

  it('ends with 127 for a command that is not there, with 126 for one that cannot be run, and leaves nothing behind', async () => {
    const absent = await red.docker(['run', '--rm', 'busybox', 'no-such-command']);
    expect(absent.code).toBe(127);
    expect(absent.stderr).toContain('"no-such-command": executable file not found in $PATH');
    const unfit = await red.docker(['run', '--rm', 'busybox', '/etc']);
    expect(unfit.code).toBe(126);
    expect(await red.out('ps', '-aq')).toBe('');
  });

  it('detached prints the id that every other command knows', async () => {
    const id = await red.out('run', '-d', '--name', 'web', 'busybox', 'sleep', '1000');
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await red.out('ps', '--no-trunc', '--format', '{{.ID}} {{.Names}}')).toBe(`${id} web`);
    expect(await red.out('inspect', '--format', '{{.Name}}', id.slice(0, 6))).toBe('/web');
    await red.out('rm', '-f', 'web');
  });

  it('runs a container that was created before', async () => {
    const id = await red.out('create', '--name', 'later', 'busybox', 'echo', 'created first');
    expect(await red.out('start', '-a', id)).toBe('created first');
    await red.out('rm', 'later');
  });

  it('makes up a name when none is given', async () => {
    const id = await red.out('create', 'busybox');
    expect(await red.out('inspect', '--format', '{{.Name}}', id)).toMatch(/^\/[a-z]+_[a-z]+$/);
    await red.out('rm', id);
  });
});

describe('what a container is given', () => {
  it('environment variables', async () => {
    expect(await run('-e', 'A=1', '-e', 'B=two words', 'busybox', 'sh', '-c', 'echo $A-$B')).toBe('1-two words');
  });

  it('working directory, user and groups', async () => {
    expect(await run('-w', '/srv/made', 'busybox', 'pwd')).toBe('/srv/made');
    expect(await run('-u', '65534:7', 'busybox', 'sh', '-c', 'id -u; id -g')).toBe('65534\n7');
    expect(await run('-u', 'nobody', '--group-add', '33', 'busybox', 'id', '-G')).toBe('65534 33');
  });

  it('entrypoint and arguments', async () => {
    expect(await run('--entrypoint', 'echo', 'busybox', 'a', 'b c')).toBe('a b c');
  });

  it('host name, hosts file and resolver settings', async () => {
    expect(await run('--hostname', 'box', 'busybox', 'hostname')).toBe('box');
    expect(await run('--add-host', 'db:1.1.1.1', 'busybox', 'cat', '/etc/hosts')).toMatch(/1\.1\.1\.1\s+db/);
    expect(await run('--dns', '1.1.1.1', '--dns-search', 'example.test', 'busybox', 'cat', '/etc/resolv.conf')).toContain(
      'search example.test',
    );
  });

  it('labels, which are shown back without any of ours', async () => {
    const id = await red.out('create', '--label', 'app=shop', '--label', 'empty', '--label', 'io.berth.tenant=other', 'busybox');
    expect(JSON.parse(await red.out('inspect', '--format', '{{json .Config.Labels}}', id))).toEqual({ app: 'shop', empty: '' });
    await red.out('rm', id);
  });

  it('limits of memory, cpu and processes, as its own cgroup tells', async () => {
    const script = [
      'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null',
      'cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null',
      'cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null',
    ].join('; ');
    const [memory, pids, cpu] = (
      await run('--memory', '64m', '--pids-limit', '50', '--cpus', '0.5', 'busybox', 'sh', '-c', `${script}; true`)
    ).split('\n');
    expect({ memory, pids }).toEqual({ memory: String(64 * 1024 * 1024), pids: '50' });
    expect(cpu).toMatch(/^50000/);
  });

  it('a root that cannot be written, with a tmpfs that can', async () => {
    const result = await red.docker([
      'run',
      '--rm',
      '--read-only',
      '--tmpfs',
      '/scratch:size=1m',
      'busybox',
      'sh',
      '-c',
      'echo x > /scratch/a && cat /scratch/a; echo y > /b',
    ]);
    expect(result.code).toBe(1);
    expect(result.stdout).toBe('x\n');
    expect(result.stderr).toContain('Read-only file system');
  });

  it('an init that is process 1', async () => {
    expect(await run('--init', 'busybox', 'sh', '-c', 'cat /proc/1/comm')).toMatch(/init|tini/);
  });

  it('fewer capabilities, and no new privileges', async () => {
    const bits = (text: string) => BigInt(`0x${/CapEff:\s*([0-9a-f]+)/.exec(text)?.[1]}`);
    expect(bits(await run('--cap-drop', 'ALL', 'busybox', 'cat', '/proc/1/status'))).toBe(0n);
    expect(bits(await run('busybox', 'cat', '/proc/1/status'))).not.toBe(0n);
    expect(await run('--security-opt', 'no-new-privileges', 'busybox', 'cat', '/proc/1/status')).toMatch(/NoNewPrivs:\s*1/);
  });

  it('ulimits and shared memory', async () => {
    expect(await run('--ulimit', 'nofile=100:200', 'busybox', 'sh', '-c', 'ulimit -n')).toBe('100');
    expect(await run('--shm-size', '8m', 'busybox', 'df', '-k', '/dev/shm')).toMatch(/\s8192\s/);
  });

  it('a restart policy that is kept', async () => {
    await red.out('run', '-d', '--name', 'again', '--restart', 'on-failure:2', 'busybox', 'sh', '-c', 'echo try; exit 3');
    await until(async () => (await red.out('inspect', '--format', '{{.RestartCount}} {{.State.Status}}', 'again')) === '2 exited');
    expect(await red.out('logs', 'again')).toBe('try\ntry\ntry');
    await red.out('rm', 'again');
  });

  it('a health check that turns healthy, and unhealthy again', async () => {
    const check = ['--health-cmd', 'test -e /ok', '--health-interval', '1s', '--health-retries', '1'];
    await red.out('run', '-d', '--name', 'probed', ...check, 'busybox', 'sh', '-c', 'touch /ok; exec sleep 1000');
    const health = () => red.out('inspect', '--format', '{{.State.Health.Status}}', 'probed');
    await until(async () => (await health()) === 'healthy');
    expect(await red.out('ps', '--filter', 'health=healthy', '--format', '{{.Names}} {{.Status}}')).toMatch(/^probed Up .*\(healthy\)$/);
    await red.out('exec', 'probed', 'rm', '/ok');
    await until(async () => (await health()) === 'unhealthy');
    expect(await red.out('inspect', '--format', '{{(index .State.Health.Log 0).ExitCode}}', 'probed')).toMatch(/^[01]$/);
    await red.out('rm', '-f', 'probed');
  });

  it('the platform it asked for', async () => {
    const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
    expect(await run('--platform', `linux/${architecture}`, 'busybox', 'echo', 'fits')).toBe('fits');
  });
});

describe('what a container is not given', () => {
  it.each([
    [['--privileged'], 'HostConfig.Privileged'],
    [['--pid', 'host'], 'HostConfig.PidMode'],
    [['--ipc', 'host'], 'HostConfig.IpcMode'],
    [['--uts', 'host'], 'HostConfig.UTSMode'],
    [['--network', 'host'], 'HostConfig.NetworkMode'],
    [['--device', '/dev/null:/dev/x'], 'HostConfig.Devices'],
    [['--cap-add', 'SYS_ADMIN'], 'HostConfig.CapAdd'],
    [['--security-opt', 'seccomp=unconfined'], 'HostConfig.SecurityOpt'],
    [['--add-host', 'db:10.0.0.7'], 'HostConfig.ExtraHosts'],
    [['-v', '/etc:/x'], 'HostConfig.Binds'],
    [['--mount', 'type=bind,source=/etc,target=/x'], 'HostConfig.Mounts'],
    [['--runtime', 'other'], 'HostConfig.Runtime'],
    [['-p', '8080:80/sctp'], 'HostConfig.PortBindings'],
    [['--isolation', 'sandboxed'], 'sandboxed'],
    [['--isolation', 'dedicated'], 'HostConfig.Isolation'],
  ])('docker run %s is refused, naming the reason', async (flags, named) => {
    const refusal = await red.fails('run', '--rm', ...flags, 'busybox', 'true');
    expect(refusal).toMatch(/^125: docker: Error response from daemon: /);
    expect(refusal).toContain(named);
    expect(await red.out('ps', '-aq')).toBe('');
  });

  it('a name that is taken', async () => {
    await red.out('create', '--name', 'taken', 'busybox');
    expect(await red.fails('run', '--name', 'taken', 'busybox')).toContain('The container name "/taken" is already in use by container "');
    await red.out('rm', 'taken');
  });
});
