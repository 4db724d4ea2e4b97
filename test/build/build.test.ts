import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processRun } from '../../src/runtime/local/process.ts';
import { type Client, type Stage, stageUp } from '../cli/stage.ts';
import { until } from '../harness.ts';

let stage: Stage;
let red: Client;
let folder: string;
/** Serves one file, at an address that the operator allows. */
let files: Server;
let address: string;

beforeAll(async () => {
  files = createServer((request, response) => {
    if (request.url !== '/shared/tool.txt') return response.writeHead(404).end('nothing of that name');
    response.writeHead(200, { 'Last-Modified': 'Sun, 09 Sep 2001 01:46:40 GMT' }).end('a tool');
  }).listen(0, '127.0.0.1');
  await once(files, 'listening');
  address = `127.0.0.1:${(files.address() as AddressInfo).port}`;
  stage = await stageUp('build', { registries: [address] });
  red = stage.red;
  folder = await mkdtemp(join(tmpdir(), 'berth-build-'));
});
afterAll(async () => {
  await stage?.down();
  files?.close();
  await rm(folder, { recursive: true, force: true });
});

const dockerfile = (...lines: string[]) => writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);

describe('a build', () => {
  it('says what a classic builder says, and its image runs', async () => {
    await dockerfile('FROM busybox', 'RUN echo hi > /hi && echo said', 'ENV A=b', 'CMD ["cat", "/hi"]');
    const { code, stdout } = await red.docker(['build', '-t', 'said', folder]);
    expect(code).toBe(0);
    expect(stdout.replace(/\b[0-9a-f]{12}\b/g, '<id>')).toBe(
      [
        'Sending build context to Docker daemon  2.048kB\r\r',
        ...['Step 1/4 : FROM busybox', ' ---> <id>', 'Step 2/4 : RUN echo hi > /hi && echo said', ' ---> Running in <id>', 'said'],
        ...['Removing intermediate container <id>', ' ---> <id>', 'Step 3/4 : ENV A=b', ' ---> Running in <id>'],
        ...['Removing intermediate container <id>', ' ---> <id>', 'Step 4/4 : CMD ["cat", "/hi"]', ' ---> Running in <id>'],
        ...['Removing intermediate container <id>', ' ---> <id>', 'Successfully built <id>', 'Successfully tagged said:latest', ''],
      ].join('\n'),
    );
    expect(await red.out('run', '--rm', 'said')).toBe('hi');
    expect(await red.out('ps', '-aq')).toBe('');
  });

  it('takes each step from the cache the second time, and no step of another tenant', async () => {
    await dockerfile('FROM busybox', 'RUN echo $RANDOM > /made', 'CMD ["cat", "/made"]');
    await red.out('build', '-t', 'cached:1', folder);
    expect((await red.out('build', '-t', 'cached:2', folder)).match(/Using cache/g)).toHaveLength(2);
    expect(await red.out('run', '--rm', 'cached:2')).toBe(await red.out('run', '--rm', 'cached:1'));
    expect(await stage.blue.out('build', '-t', 'cached:1', folder)).not.toContain('Using cache');
    expect(await red.out('build', '--no-cache', folder)).not.toContain('Using cache');
    await red.out('builder', 'prune', '-f');
    expect(await red.out('build', folder)).not.toContain('Using cache');
    expect(await red.out('run', '--rm', 'cached:2')).toBe(await red.out('run', '--rm', 'cached:1'));
  });

  it('tells of its tags and of the containers of its steps, but not of how it copies', async () => {
    await dockerfile('FROM busybox', 'RUN echo told > /told', 'COPY --from=busybox /etc/passwd /copied', 'LABEL told=yes');
    const start = String(Date.now() / 1000);
    await red.out('build', '-t', 'told:1', '-t', 'told:2', folder);
    const told = async (type: string) => {
      const format = '{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.told}}';
      // The client makes whole seconds of `0s`, and what happened within this one would be left out.
      const end = String(Date.now() / 1000);
      return (await red.out('events', '--since', start, '--until', end, '--filter', `type=${type}`, '--format', format)).split('\n');
    };
    await until(async () => (await told('container')).some((line) => line.startsWith('destroy')));
    expect((await told('container')).map((line) => line.split(' ')[0])).toEqual(['create', 'attach', 'start', 'die', 'destroy']);
    expect(await told('image')).toEqual(['tag told:1 yes', 'tag told:2 yes']);
    await red.out('rmi', 'told:1', 'told:2');
  });

  it('ends with the code of a command that fails', async () => {
    await dockerfile('FROM busybox', 'RUN echo before; exit 7');
    expect(await red.fails('build', folder)).toMatch(
      /^7: [\s\S]*The command '\/bin\/sh -c echo before; exit 7' returned a non-zero code: 7$/,
    );
  });

  it('keeps the container of a step that failed, and those that it is told to keep', async () => {
    await dockerfile('FROM busybox', 'RUN echo one', 'RUN exit 1');
    const left = async (...args: string[]) => {
      await red.docker(['build', '--no-cache', ...args, folder]);
      const ids = (await red.out('ps', '-aq')).split('\n').filter(Boolean);
      if (ids.length > 0) await red.out('rm', ...ids);
      return ids.length;
    };
    // Whatever an earlier test left.
    await left('--force-rm');
    expect([await left(), await left('--rm=false'), await left('--force-rm')]).toEqual([1, 2, 0]);
  });

  it('is what a client builds with that was told nothing', async () => {
    await dockerfile('FROM busybox', 'RUN true');
    const { code, stderr } = await red.docker(['build', folder], { env: { DOCKER_BUILDKIT: '' } });
    expect([code, stderr]).toEqual([0, expect.stringContaining('legacy builder')]);
  });

  it('says nothing but an id with -q, and everything when it fails', async () => {
    await dockerfile('FROM busybox', 'RUN echo quiet');
    expect(await red.out('build', '-q', folder)).toMatch(/^sha256:[0-9a-f]{64}$/);
    await dockerfile('FROM busybox', 'RUN echo loud; exit 1');
    expect((await red.docker(['build', '-q', folder])).stdout + (await red.docker(['build', '-q', folder])).stderr).toContain('loud');
  });

  it('gives an image that every host can run, and goes on from it on any', async () => {
    await dockerfile('FROM busybox', 'RUN echo far > /far', 'CMD ["cat", "/far"]');
    await red.out('build', '-t', 'far', folder);
    const ids = await Promise.all([1, 2, 3].map(() => red.out('run', '-d', 'far', 'sh', '-c', 'cat /far; sleep 1000')));
    for (const id of ids) expect(await red.out('exec', id, 'cat', '/far')).toBe('far');
    await dockerfile('FROM far', 'RUN echo farther >> /far', 'CMD ["cat", "/far"]');
    // With a host's share taken by each, the next build may be anywhere.
    await red.out('build', '-t', 'farther', folder);
    expect(await red.out('run', '--rm', 'farther')).toBe('far\nfarther');
    await red.out('rm', '-f', ...ids);
  });

  it('takes a context from standard input, plain and compressed', async () => {
    await dockerfile('FROM busybox', 'COPY note /note', 'CMD ["cat", "/note"]');
    await writeFile(join(folder, 'note'), 'from a pipe');
    for (const [flag, suffix] of [
      ['-c', 'tar'],
      ['-cz', 'tgz'],
      ['-cj', 'tbz'],
      ['-cJ', 'txz'],
    ] as const) {
      const archive = join(folder, `context.${suffix}`);
      await processRun(['tar', flag, '-f', archive, '-C', folder, 'Dockerfile', 'note']);
      await red.pipe(await readFile(archive), 'build', '-t', 'piped', '-');
      expect(await red.out('run', '--rm', 'piped')).toBe('from a pipe');
    }
    expect(await red.pipe('FROM busybox\nCMD ["echo", "no context"]\n', 'build', '-t', 'alone', '-')).toContain(
      'Successfully tagged alone',
    );
    expect(await red.out('run', '--rm', 'alone')).toBe('no context');
  });
});

describe('the build cache', () => {
  const cached = async () => (await red.call('GET', '/v1.47/system/df?type=build-cache')).json.BuildCache as Record<string, unknown>[];
  const pruned = async (query = '') => (await red.call('POST', `/v1.47/build/prune${query}`)).json;

  it('is counted by the layers of its steps, those of images as shared, and what a prune frees is said', async () => {
    await pruned();
    expect(await cached()).toEqual([]);
    await dockerfile('FROM busybox', 'RUN head -c 3000000 /dev/zero > /most', 'ENV A=b', 'RUN head -c 5000000 /dev/zero > /more');
    const id = await red.out('build', '-q', '-t', 'weighed', folder);
    const steps = await cached();
    expect(steps.map(({ Size, Shared, UsageCount }) => [Size, Shared, UsageCount])).toEqual([
      [3_000_000, true, 0],
      [0, false, 0],
      [5_000_000, true, 0],
    ]);
    expect(steps.map(({ Parents }) => Parents)).toEqual([[expect.any(String)], [steps[0]?.ID], [steps[1]?.ID]]);
    expect(steps[2]).toMatchObject({ ID: id, Type: 'regular', InUse: false, Description: expect.stringContaining('/more') });
    expect(await red.out('system', 'df', '--format', '{{.Type}} {{.TotalCount}} {{.Size}} {{.Reclaimable}}')).toMatch(
      /^Build Cache 3 0B 0B$/m,
    );
    await red.out('rmi', 'weighed');
    expect(await red.out('system', 'df', '--format', '{{.Type}} {{.TotalCount}} {{.Size}} {{.Reclaimable}}')).toMatch(
      /^Build Cache 3 8MB 8MB$/m,
    );
    expect((await red.call('GET', '/v1.41/system/df')).json).toMatchObject({
      BuilderSize: 8_000_000,
      BuildCache: [{}, { Parent: steps[0]?.ID }, {}],
    });
    expect((await stage.blue.call('GET', '/v1.47/system/df')).text).not.toContain(id);
    expect(await pruned('?filters={"until":{"1h":true}}')).toEqual({ CachesDeleted: null, SpaceReclaimed: 0 });
    expect(await pruned('?filters={"label":{"a=b":true}}')).toEqual({ CachesDeleted: null, SpaceReclaimed: 0 });
    expect(await pruned('?keep-storage=6000000')).toEqual({ CachesDeleted: [steps[0]?.ID], SpaceReclaimed: 3_000_000 });
    expect(await red.out('builder', 'prune', '-f')).toMatch(/Total reclaimed space: 5MB$/);
    expect(await cached()).toEqual([]);
  });

  it('is no obstacle to a prune of everything by age, and a filter that is not known is named', async () => {
    await red.out('system', 'prune', '-f', '--filter', 'until=1h');
    expect(await red.fails('builder', 'prune', '-f', '--filter', 'until=soon')).toContain('"until" filter expects a duration');
    expect((await red.call('POST', '/v1.47/build/prune?filters={"weather":{"fine":true}}')).text).toContain("invalid filter 'weather'");
  });
});

describe('ADD from an address', () => {
  it('fetches a file, with its time and for root alone', async () => {
    await dockerfile('FROM busybox', `ADD http://${address}/shared/tool.txt /tools/`, 'CMD stat -c "%a %u %Y" /tools/tool.txt');
    await red.out('build', '-t', 'fetched', folder);
    expect(await red.out('run', '--rm', 'fetched')).toBe('600 0 1000000000');
    expect(await red.out('build', folder)).toContain('Using cache');
  });

  it('tells what a server answered', async () => {
    await dockerfile('FROM busybox', `ADD http://${address}/missing /x`);
    expect(await red.fails('build', folder)).toContain(`ADD failed: failed to GET http://${address}/missing with status 404`);
  });

  it.each([
    'http://127.0.0.1:1/x',
    'http://169.254.169.254/latest/meta-data/x',
    'https://localhost/x',
    'http://[::1]/x',
    'http://10.0.0.1/x',
  ])('goes nowhere inside: %s', async (url) => {
    await dockerfile('FROM busybox', `ADD ${url} /x`);
    expect(await red.fails('build', folder)).toContain(`ADD failed: ${url} is not fetched`);
  });
});

describe('what a build is refused', () => {
  it.each([
    [['--network', 'host'], 'NetworkMode'],
    [['--cgroup-parent', '/x'], 'CgroupParent'],
    [['--security-opt', 'seccomp=unconfined'], 'security options'],
    [['--cpuset-cpus', '0'], 'CpusetCpus'],
    [['--add-host', 'x:host-gateway'], 'ExtraHosts'],
    [['--memory', '1m'], 'Minimum memory limit'],
  ])('%s', async (args, named) => {
    await dockerfile('FROM busybox', 'RUN true');
    expect(await red.fails('build', ...args, folder)).toContain(named);
  });

  it('BuildKit, with what to do instead', async () => {
    for (const path of ['/session', '/grpc']) {
      const { status, text } = await red.call('POST', path);
      expect([status, text]).toEqual([501, expect.stringContaining('DOCKER_BUILDKIT=0')]);
    }
    expect((await red.call('POST', '/build?version=2')).text).toContain('DOCKER_BUILDKIT=0');
    expect((await red.call('POST', '/build?remote=http%3A%2F%2F10.0.0.1%2Fx')).text).toContain('remote');
  });

  it('an image that it has no right to, by whichever name', async () => {
    await dockerfile('FROM busybox', 'RUN echo secret > /secret');
    const id = (await red.out('build', '-q', folder)).slice('sha256:'.length);
    for (const name of [`sha256:${id}`, id.slice(0, 12)]) {
      await dockerfile(`FROM ${name}`, 'RUN cat /secret');
      expect(await stage.blue.fails('build', folder)).not.toContain('secret\n');
      await dockerfile('FROM busybox', `COPY --from=${name} /secret /secret`);
      expect(await stage.blue.fails('build', folder)).toContain('invalid from flag value');
    }
  });
});

describe('a commit', () => {
  it('is an image of what the container has become, with changes', async () => {
    const box = await red.out('run', '-d', '-e', 'KEPT=1', 'busybox', 'sh', '-c', 'echo new > /new; sleep 1000');
    const id = await red.out('commit', '-m', 'why', '-a', 'who', '-c', 'ENV ADDED=2', '-c', 'CMD cat /new', box, 'committed:1');
    expect(await red.out('run', '--rm', 'committed:1')).toBe('new');
    expect(await red.out('inspect', '-f', '{{.Id}} {{.Author}} {{.Comment}} {{.Config.Env}} {{.Config.Labels}}', 'committed:1')).toBe(
      `${id} who why [KEPT=1 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ADDED=2] map[]`,
    );
    await red.out('rm', '-f', box);
  });
});
