import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { GenericContainer, getContainerRuntimeClient, Network, Wait } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../harness.ts';
import { type ClientsStage, clientsStageUp } from '../stage.ts';

let stage: ClientsStage;

beforeAll(async () => {
  stage = await clientsStageUp('testcontainers');
  // It looks for its engine at the first container. Its reaper would mount the socket of the engine, and its image is on the internet.
  Object.assign(process.env, stage.red.env, { TESTCONTAINERS_RYUK_DISABLED: 'true' });
});
afterAll(() => stage?.down());

const server = 'mkdir /w; echo served > /w/index.html; echo ready; exec httpd -f -p 8080 -h /w';
const web = () => new GenericContainer('busybox').withCommand(['sh', '-c', server]).withExposedPorts(8080);
const fetched = async (host: string, port: number, path = '/') => (await fetch(`http://${host}:${port}${path}`)).text();
const present = () => stage.red.out('ps', '-aq');

describe('a generic container', () => {
  it('waits for its ports by itself, and is reached at the host of DOCKER_HOST', async () => {
    const container = await web().start();
    expect(container.getHost()).toBe('localhost');
    expect(await fetched(container.getHost(), container.getMappedPort(8080))).toBe('served\n');
    await container.stop();
    expect(await present()).toBe('');
  });

  it.each([
    ['a line of its log', () => web().withWaitStrategy(Wait.forLogMessage('ready'))],
    ['an answer over HTTP', () => web().withWaitStrategy(Wait.forHttp('/index.html', 8080).forStatusCode(200))],
    ['a command that succeeds', () => web().withWaitStrategy(Wait.forSuccessfulCommand('wget -q -O - http://127.0.0.1:8080/'))],
    [
      'its health check',
      () =>
        web()
          .withHealthCheck({
            test: ['CMD-SHELL', 'wget -q -O /dev/null http://127.0.0.1:8080/'],
            interval: 1000,
            timeout: 2000,
            retries: 20,
          })
          .withWaitStrategy(Wait.forHealthCheck()),
    ],
  ])('waits for %s', async (_, make) => {
    const container = await make().start();
    // The edge is told of the port with the start, the program may still be on its way to it.
    await until(async () => (await fetched(container.getHost(), container.getMappedPort(8080)).catch(() => '')) === 'served\n');
    await container.stop();
  });

  it('waits for one that does its work once', async () => {
    const once = new GenericContainer('busybox').withCommand(['sh', '-c', 'sleep 0.2; exit 0']).withWaitStrategy(Wait.forOneShotStartup());
    await (await once.start()).stop();
  });

  it('says so when it never comes', async () => {
    const never = new GenericContainer('busybox')
      .withCommand(['sleep', '100'])
      .withWaitStrategy(Wait.forLogMessage('never'))
      .withStartupTimeout(500);
    await expect(never.start()).rejects.toThrow(/"never" not received after 500ms/);
    await until(async () => (await present()) === '');
  });

  it('is refused what Berth refuses, with its words', async () => {
    await expect(new GenericContainer('busybox').withPrivilegedMode().start()).rejects.toThrow(/HostConfig.Privileged is not allowed/);
    await expect(new GenericContainer('busybox').withBindMounts([{ source: '/etc', target: '/host' }]).start()).rejects.toThrow(
      /HostConfig.Binds/,
    );
  });
});

describe('a container that runs', () => {
  it('takes files, runs commands, and gives files back', async () => {
    const container = await new GenericContainer('busybox')
      .withCommand(['sleep', '1000'])
      .withEnvironment({ CUP: 'blue' })
      .withLabels({ app: 'tea' })
      .withCopyContentToContainer([{ content: 'of porcelain', target: '/srv/before.txt' }])
      .withCopyFilesToContainer([{ source: import.meta.filename, target: '/srv/this.ts' }])
      .start();
    await container.copyContentToContainer([{ content: 'of glass', target: '/srv/after.txt' }]);
    const said = await container.exec(['sh', '-c', 'cat /srv/before.txt /srv/after.txt; echo $CUP >&2; exit 3'], { workingDir: '/srv' });
    expect(said).toMatchObject({ exitCode: 3, stdout: 'of porcelainof glass', stderr: 'blue\n' });
    expect((await container.exec(['sh', '-c', 'wc -l < /srv/this.ts'])).output.trim()).not.toBe('0');
    expect(await text(await container.copyArchiveFromContainer('/srv/after.txt'))).toContain('of glass');
    expect(container.getLabels()).toMatchObject({ app: 'tea' });
    await container.stop();
  });

  it('is restarted, and keeps its port', async () => {
    const container = await web().start();
    const port = container.getMappedPort(8080);
    await container.restart();
    expect(container.getMappedPort(8080)).toBe(port);
    expect(await fetched(container.getHost(), port)).toBe('served\n');
    await container.stop();
  });

  it('has its log read, and followed from the first line', async () => {
    const lines: string[] = [];
    const container = await new GenericContainer('busybox')
      .withCommand(['sh', '-c', 'echo first; echo second >&2; sleep 1000'])
      .withLogConsumer((stream) => void stream.on('data', (line: string) => lines.push(String(line).trim())))
      .start();
    await until(() => lines.length === 2);
    // An engine reads two streams, and keeps no order between them.
    expect(lines.sort()).toEqual(['first', 'second']);
    let past = '';
    (await container.logs()).on('data', (line) => (past += line));
    await until(() => past.includes('first') && past.includes('second'));
    await container.stop();
  });

  it('is found again by its labels, when it is to be used again', async () => {
    const reusable = () => web().withName('kept').withReuse();
    process.env.TESTCONTAINERS_REUSE_ENABLE = 'true';
    const first = await reusable().start();
    expect((await reusable().start()).getId()).toBe(first.getId());
    await first.stop();
    delete process.env.TESTCONTAINERS_REUSE_ENABLE;
  });
});

describe('a network of containers', () => {
  it('knows them by their aliases', async () => {
    const network = await new Network().start();
    const pot = await web().withNetwork(network).withNetworkAliases('pot', 'kettle').start();
    const cup = await new GenericContainer('busybox').withCommand(['sleep', '1000']).withNetwork(network).start();
    for (const alias of ['pot', 'kettle'])
      expect((await cup.exec(['wget', '-q', '-O', '-', `http://${alias}:8080/`])).output, alias).toBe('served\n');
    expect(pot.getIpAddress(network.getName())).toMatch(/^100\./);
    await Promise.all([pot.stop(), cup.stop()]);
    await network.stop();
    expect(await stage.red.out('network', 'ls', '-q', '--filter', 'type=custom')).toBe('');
  });
});

describe('an image', () => {
  it('is pulled from the fleet’s registry when it is not there', async () => {
    await stage.publish('tool:1');
    const container = await new GenericContainer(`${stage.registry.address}/tool:1`).withCommand(['sleep', '1000']).start();
    expect((await container.exec(['echo', 'pulled'])).output).toBe('pulled\n');
    await container.stop();
  });

  it('says so when there is none', async () => {
    await expect(new GenericContainer(`${stage.registry.address}/none:1`).start()).rejects.toThrow(/none/);
  });

  it('is built from a Dockerfile', async () => {
    const context = join(import.meta.dirname, '../compose/built');
    const image = await GenericContainer.fromDockerfile(context).withBuildArgs({ LEAF: 'red' }).build('built:1', { deleteOnExit: false });
    const container = await image.withCommand(['sleep', '1000']).start();
    expect((await container.exec(['cat', '/srv/menu'])).output).toBe('red tea\n');
    await container.stop();
  });

  it('runs on an engine that Berth describes as one', async () => {
    const { info } = await getContainerRuntimeClient();
    expect(info.containerRuntime).toMatchObject({ host: 'localhost', operatingSystemType: 'linux' });
  });
});
