import { release } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tenantIsolationChange } from '../../src/app/tenant-admin.ts';
import { type Client, type Stage, stageOn } from '../cli/stage.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { dockerRun, until } from '../harness.ts';

let fleet: Fleet;
let stage: Stage;
let red: Client;

beforeAll(async () => {
  fleet = await fleetUp({ count: 1, name: 'sandboxed', walls: {}, sandbox: true });
  stage = await stageOn(fleet);
  red = stage.red;
  await red.out(
    'run',
    '-d',
    '--name',
    'web',
    '--isolation',
    'sandboxed',
    'busybox',
    'sh',
    '-c',
    'echo up; httpd -h /etc; while :; do sleep 1; done',
  );
});
afterAll(async () => {
  await stage?.berth.stop();
  await fleet?.down();
});

const sandboxed = (...args: string[]) => red.docker(['run', '--rm', '--isolation', 'sandboxed', ...args]);
const kernelOf = (...args: string[]) => red.out('run', '--rm', ...args, 'busybox', 'cat', '/proc/version');
/** Its own kernel tells a version that this machine's has not. */
const gVisor = /^Linux version (\S+)/;
const isSandboxed = (version: string) => gVisor.exec(version)?.[1] !== release();

describe('a sandboxed container', () => {
  it('runs on a kernel of its own, asked for by flag or by label; a shared one on the host’s', async () => {
    expect((await sandboxed('busybox', 'dmesg')).stdout).toContain('gVisor');
    expect(isSandboxed(await kernelOf('--isolation', 'sandboxed'))).toBe(true);
    expect(isSandboxed(await kernelOf('--label', 'berth.isolation=sandboxed'))).toBe(true);
    expect(isSandboxed(await kernelOf('--isolation', 'shared'))).toBe(false);
    expect(isSandboxed(await kernelOf())).toBe(false);
  });

  it('is shown as such, without the runtime behind it', async () => {
    expect(await red.out('inspect', '-f', '{{.HostConfig.Isolation}} {{.HostConfig.Runtime}}', 'web')).toBe('sandboxed');
  });

  it('is exec’ed into, logged, copied from and to, measured, paused and ended as any other', async () => {
    expect(await red.docker(['exec', 'web', 'sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(await red.out('logs', 'web')).toBe('up');
    await red.out('exec', 'web', 'sh', '-c', 'echo made > /etc/made');
    expect((await red.docker(['cp', 'web:/etc/made', '-'])).stdout).toContain('made\n');
    expect(await red.out('stats', '--no-stream', '--format', '{{.MemUsage}}', 'web')).toMatch(/^[1-9][\d.]*MiB \//);
    await red.out('pause', 'web');
    expect(await red.out('ps', '--filter', 'name=web', '--format', '{{.Status}}')).toContain('(Paused)');
    await red.out('unpause', 'web');
    expect(await red.out('exec', 'web', 'echo', 'alive')).toBe('alive');
    await red.out('restart', '-t', '1', 'web');
    expect(await red.out('exec', 'web', 'cat', '/etc/made')).toBe('made');
  });

  it('has a terminal, standard input and volumes', async () => {
    expect((await sandboxed('-t', 'busybox', 'sh', '-c', 'test -t 1 && echo terminal')).stdout.trim()).toBe('terminal');
    expect(await red.pipe('hi\n', 'run', '--rm', '-i', '--isolation', 'sandboxed', 'busybox', 'cat')).toBe('hi');
    await sandboxed('-v', 'data:/data', 'busybox', 'sh', '-c', 'echo kept > /data/file');
    expect((await sandboxed('-v', 'data:/data', 'busybox', 'cat', '/data/file')).stdout).toBe('kept\n');
  });

  it('reaches the members of its network by name', async () => {
    await red.out('network', 'create', 'own');
    await red.out('run', '-d', '--name', 'friend', '--network', 'own', 'busybox', 'httpd', '-f', '-h', '/etc');
    const connect = () => sandboxed('--network', 'own', 'busybox', 'nc', '-w', '3', 'friend', '80', '-e', 'true');
    await until(async () => (await connect()).code === 0);
  });
});

describe('walls and a sandbox', () => {
  it('leave a published port reachable from outside', async () => {
    const [host] = fleet.hosts;
    await dockerRun(
      ['run', '-d', '--runtime', 'runsc', '-p', `${host?.address}:8081:80`, 'busybox', 'httpd', '-f', '-h', '/etc'],
      host?.dockerHostEnv ?? {},
    );
    const answer = () =>
      fetch(`http://${host?.address}:8081/group`)
        .then((response) => response.text())
        .catch(() => '');
    await until(async () => (await answer()).includes('root:x:0'));
  });
});

describe('security', () => {
  it('limits hold for the whole sandbox', async () => {
    expect((await sandboxed('-m', '64m', 'busybox', 'dd', 'if=/dev/zero', 'of=/dev/null', 'bs=200M', 'count=1')).code).toBe(137);
    expect(
      (await sandboxed('--tmpfs', '/small:size=1m', 'busybox', 'dd', 'if=/dev/zero', 'of=/small/file', 'bs=1M', 'count=3')).stderr,
    ).toContain('No space left');
    expect((await sandboxed('--read-only', 'busybox', 'touch', '/file')).stderr).toContain('Read-only file system');
  });

  it('as many processes as were asked for may run, and not twenty times as many', async () => {
    const start = (count: number) =>
      sandboxed('--pids-limit', '10', 'busybox', 'sh', '-c', `for i in $(seq 1 ${count}); do sleep 2 & done; wait; echo all`);
    expect((await start(9)).stdout).toBe('all\n');
    expect((await start(200)).stdout).toBe('');
  });

  it('the walls stand for it too', async () => {
    const probe = await sandboxed('busybox', 'nc', '-w', '3', fleet.hosts[0]?.address ?? '', '2376', '-e', 'true');
    expect(probe.stderr).toMatch(/No route to host|timed out/);
  });

  it('top is refused: the engine would show processes of the host under the ids of the sandbox’s own', async () => {
    expect(await red.fails('top', 'web')).toContain('docker top is not served for a sandboxed container');
    const engineId = await red.out('inspect', '-f', '{{.Id}}', 'web');
    const raw = await dockerRun(['top', engineId], fleet.hosts[0]?.dockerHostEnv ?? {});
    expect(raw.stdout).not.toContain('httpd -h /etc');
  });
});

describe('a tenant', () => {
  const change = (rule: Parameters<typeof tenantIsolationChange>[2]) => tenantIsolationChange(stage.berth.server.app.system, red.id, rule);
  afterEach(() => change({ default: 'shared', floor: 'shared' }));

  it('has a default for what asks for nothing', async () => {
    await change({ default: 'sandboxed' });
    expect(isSandboxed(await kernelOf())).toBe(true);
    expect(isSandboxed(await kernelOf('--isolation', 'shared'))).toBe(false);
  });

  it('has a floor below which nothing is taken', async () => {
    await change({ floor: 'sandboxed' });
    expect(isSandboxed(await kernelOf())).toBe(true);
    expect(await red.fails('run', '--rm', '--isolation', 'shared', 'busybox', 'true')).toContain(
      "shared is weaker than sandboxed, the least this tenant's containers may have",
    );
  });

  it('is told why no host is its own yet', async () => {
    expect(await red.fails('run', '--rm', '--isolation', 'dedicated', 'busybox', 'true')).toContain(
      'cannot be dedicated to one tenant yet',
    );
  });
});
