import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Stage, stageUp } from './stage.ts';

let stage: Stage;
let red: Client;
let blue: Client;

beforeAll(async () => {
  stage = await stageUp('share');
  ({ red, blue } = stage);
  await red.out(
    'run',
    '-d',
    '--name',
    'db',
    '-v',
    '/files',
    '--ipc',
    'shareable',
    'busybox',
    'sh',
    '-c',
    'echo kept > /files/f; exec sleep 3600',
  );
  // Others, so that a container that shares nothing goes to another host.
  for (const name of ['other', 'another']) await red.out('run', '-d', '--name', name, 'busybox', 'sleep', '3600');
});
afterAll(() => stage?.down());

const runs = (...args: string[]) => red.out('run', '--rm', ...args);

describe('containers that share something are placed together', () => {
  it('--link gives an alias on the default network, and no variables', async () => {
    expect(await runs('--link', 'db:store', 'busybox', 'ping', '-c', '1', 'store')).toContain('1 packets received');
    expect(await runs('--link', 'db', 'busybox', 'ping', '-c', '1', 'db')).toContain('1 packets received');
    expect(await runs('--link', 'db:store', 'busybox', 'env')).not.toContain('STORE_');
    await red.out('create', '--name', 'linked', '--link', 'db:store', 'busybox', 'true');
    expect(await red.out('inspect', '--format', '{{json .HostConfig.Links}}', 'linked')).toBe('["/db:/linked/store"]');
  });

  it('--link is of one container: others do not know the alias', async () => {
    await red.out('network', 'create', 'app');
    await red.out('run', '-d', '--name', 'api', '--network', 'app', 'busybox', 'sleep', '3600');
    expect(await runs('--network', 'app', '--link', 'api:server', 'busybox', 'ping', '-c', '1', 'server')).toContain('1 packets received');
    expect(await red.fails('run', '--rm', '--network', 'app', 'busybox', 'ping', '-c', '1', 'server')).toContain("bad address 'server'");
  });

  it('--volumes-from brings the volumes, and with :ro only to read', async () => {
    for (let time = 0; time < 3; time++) expect(await runs('--volumes-from', 'db', 'busybox', 'cat', '/files/f')).toBe('kept');
    expect(await red.fails('run', '--rm', '--volumes-from', 'db:ro', 'busybox', 'touch', '/files/g')).toContain('Read-only file system');
    await red.out('create', '--name', 'reader', '--volumes-from', 'db:ro', 'busybox', 'true');
    expect(await red.out('inspect', '--format', '{{json .HostConfig.VolumesFrom}}', 'reader')).toBe('["db:ro"]');
  });

  it('--pid container:X shows its processes, --ipc container:X its shared memory, --network container:X its ports', async () => {
    for (let time = 0; time < 3; time++) {
      expect(await runs('--pid', 'container:db', 'busybox', 'ps')).toContain('sleep 3600');
      expect(await runs('--network', 'container:db', 'busybox', 'hostname')).toBe(
        await red.out('inspect', '--format', '{{.Config.Hostname}}', 'db'),
      );
    }
    await red.out('exec', 'db', 'sh', '-c', 'echo here > /dev/shm/note');
    expect(await runs('--ipc', 'container:db', 'busybox', 'cat', '/dev/shm/note')).toBe('here');
    await red.out('create', '--name', 'beside', '--pid', 'container:db', 'busybox', 'true');
    const id = await red.out('inspect', '--format', '{{.Id}}', 'db');
    expect(await red.out('inspect', '--format', '{{.HostConfig.PidMode}}', 'beside')).toBe(`container:${id}`);
  });
});

describe('error', () => {
  it('the shared memory of a container that keeps it private is refused in Docker’s words', async () => {
    expect(await red.fails('run', '--rm', '--ipc', 'container:other', 'busybox', 'true')).toContain('non-shareable IPC');
  });

  it.each([['--link'], ['--volumes-from'], ['--network=container:'], ['--pid=container:'], ['--ipc=container:']])(
    '%s of nobody’s container is refused',
    async (flag) => {
      const words = flag.endsWith(':') ? [`${flag}nobody`] : [flag, 'nobody'];
      expect(await red.fails('run', '--rm', ...words, 'busybox', 'true')).toContain('No such container: nobody');
      // Another tenant's is nobody's.
      expect(await blue.fails('run', '--rm', ...words.map((word) => word.replace('nobody', 'db')), 'busybox', 'true')).toContain(
        'No such container: db',
      );
    },
  );
});
