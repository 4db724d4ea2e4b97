import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import Docker from 'dockerode';
import { extract, pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpGet } from '../../edge/stage.ts';
import { until } from '../../harness.ts';
import { environmentOf } from '../environment.ts';
import { type ClientsStage, clientsStageUp } from '../stage.ts';

let stage: ClientsStage;
let red: Docker;
let blue: Docker;

beforeAll(async () => {
  stage = await clientsStageUp('dockerode');
  red = environmentOf(stage.red, () => new Docker());
  blue = environmentOf(stage.blue, () => new Docker());
});
afterAll(() => stage?.down());

const sleeper = async (name: string, options: Partial<Docker.ContainerCreateOptions> = {}) => {
  const container = await red.createContainer({ name, Image: 'busybox', Cmd: ['sleep', '1000'], StopSignal: 'SIGKILL', ...options });
  await container.start();
  return container;
};
/** What a multiplexed stream brings, apart. */
async function demuxed(stream: NodeJS.ReadableStream): Promise<{ stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  red.modem.demuxStream(stream, stdout, stderr);
  stream.on('end', () => [stdout, stderr].forEach((side) => void side.end()));
  const [out, err] = await Promise.all([text(stdout), text(stderr)]);
  return { stdout: out, stderr: err };
}
/** The lines that an operation on an image tells, to its end. */
const progress = (stream: NodeJS.ReadableStream) =>
  // biome-ignore lint/suspicious/noExplicitAny: lines of several kinds
  new Promise<any[]>((resolve, reject) => red.modem.followProgress(stream, (error, lines) => (error ? reject(error) : resolve(lines))));
const fileTar = (name: string, content: string) => {
  const tar = pack();
  tar.entry({ name }, content);
  tar.finalize();
  return Readable.from(tar);
};

describe('dockerode, of the whole', () => {
  it('asks who is there', async () => {
    expect((await red.ping()).toString()).toBe('OK');
    expect(await red.version()).toMatchObject({ ApiVersion: '1.47', Os: 'linux' });
    expect(await red.info()).toMatchObject({ Name: 'berth', Images: 1 });
  });

  it('reads errors with their status and Docker’s words', async () => {
    await expect(red.getContainer('nobody').inspect()).rejects.toMatchObject({
      statusCode: 404,
      reason: 'no such container',
      json: { message: 'No such container: nobody' },
    });
    await expect(red.createContainer({ Image: 'busybox', HostConfig: { Privileged: true } })).rejects.toMatchObject({
      statusCode: 403,
      json: { message: expect.stringContaining('HostConfig.Privileged is not allowed') },
    });
    await expect(red.createContainer({ Image: 'nothing:here' })).rejects.toMatchObject({ statusCode: 404 });
  });
});

describe('dockerode, of a container', () => {
  it('creates, starts, lists, inspects, renames, stops and removes it', async () => {
    const container = await sleeper('life', { Labels: { app: 'life' }, Env: ['CUP=tea'] });
    expect(await red.listContainers({ filters: { label: ['app=life'] } })).toMatchObject([
      { Id: container.id, Names: ['/life'], State: 'running' },
    ]);
    await container.rename({ name: 'renamed' });
    expect(await container.inspect()).toMatchObject({ Name: '/renamed', Config: { Env: expect.arrayContaining(['CUP=tea']) } });
    expect((await container.top()).Processes).toHaveLength(1);
    await container.pause();
    expect((await container.inspect()).State.Status).toBe('paused');
    await container.unpause();
    await container.restart({ t: 0 });
    await container.stop({ t: 0 });
    await expect(container.stop()).rejects.toMatchObject({ statusCode: 304 });
    await container.remove({ v: true });
    expect(await red.listContainers({ all: true })).toEqual([]);
  });

  it('is attached to before it starts, with its input and two streams of output', async () => {
    const container = await red.createContainer({
      ...{ Image: 'busybox', Cmd: ['sh', '-c', 'cat; echo done >&2'], OpenStdin: true, StdinOnce: true },
      ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true },
    });
    const stream = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
    const said = demuxed(stream);
    await container.start();
    stream.end('tea for two\n');
    expect(await said).toEqual({ stdout: 'tea for two\n', stderr: 'done\n' });
    expect(await container.wait()).toMatchObject({ StatusCode: 0 });
    await container.remove();
  });

  it('runs and is gone, with docker.run', async () => {
    const written = new PassThrough();
    const said = text(written);
    const [{ StatusCode }] = await red.run('busybox', ['sh', '-c', 'echo ran; exit 7'], written, { HostConfig: { AutoRemove: true } });
    written.end();
    expect([StatusCode, (await said).trim()]).toEqual([7, 'ran']);
    await until(async () => (await red.listContainers({ all: true })).length === 0);
  });

  it('is waited for until it is removed', async () => {
    const container = await sleeper('awaited');
    const gone = container.wait({ condition: 'removed' });
    await container.remove({ force: true });
    expect(await gone).toMatchObject({ StatusCode: 137 });
  });

  it('is reached at its published port at the host of DOCKER_HOST', async () => {
    const container = await sleeper('web', {
      Cmd: ['sh', '-c', 'echo served > /index.html; httpd -f -p 80 -h /'],
      ExposedPorts: { '80/tcp': {} },
      HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '' }] } },
    });
    const port = Number((await container.inspect()).NetworkSettings.Ports['80/tcp']?.[0]?.HostPort);
    await until(async () => (await httpGet(port, 'localhost').catch(() => '')) === 'served\n');
    await container.remove({ force: true });
  });
});

describe('dockerode, inside a container', () => {
  let container: Docker.Container;
  beforeAll(async () => {
    container = await sleeper('inside');
  });
  afterAll(() => container?.remove({ force: true }));

  it('runs a command with its input over a hijacked connection, and reads its exit code', async () => {
    const exec = await container.exec({
      ...{ Cmd: ['sh', '-c', 'cat; echo $CUP >&2; exit 5'], Env: ['CUP=blue'] },
      ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true },
    });
    const stream = await exec.start({ hijack: true, stdin: true });
    const said = demuxed(stream);
    stream.end('typed');
    expect(await said).toEqual({ stdout: 'typed', stderr: 'blue\n' });
    expect(await exec.inspect()).toMatchObject({ ExitCode: 5, Running: false });
  });

  it('runs a command without input, with no hijack', async () => {
    const exec = await container.exec({ Cmd: ['echo', 'plain'], AttachStdout: true, AttachStderr: true });
    expect(await demuxed(await exec.start({}))).toEqual({ stdout: 'plain\n', stderr: '' });
  });

  it('runs a command in a terminal, of the size it is given', async () => {
    const exec = await container.exec({ Cmd: ['sh', '-c', 'read go; stty size'], AttachStdin: true, AttachStdout: true, Tty: true });
    const stream = await exec.start({ hijack: true, stdin: true, Tty: true });
    await exec.resize({ h: 33, w: 99 });
    const said = text(stream);
    stream.write('\n');
    expect(await said).toContain('33 99');
  });

  it('puts files in, and gets them out', async () => {
    await container.putArchive(fileTar('note.txt', 'of porcelain'), { path: '/tmp' });
    const files: Record<string, string> = {};
    const untar = extract();
    untar.on('entry', async (header, stream, next) => {
      files[header.name] = (await buffer(stream)).toString();
      next();
    });
    (await container.getArchive({ path: '/tmp/note.txt' })).pipe(untar);
    await new Promise<void>((resolve) => untar.once('finish', () => resolve()));
    expect(files).toEqual({ 'note.txt': 'of porcelain' });
    await expect(container.getArchive({ path: '/none' })).rejects.toMatchObject({ statusCode: 404 });
  });

  it('follows what it uses', async () => {
    const stats = await container.stats({ stream: true });
    const lines: Record<string, unknown>[] = [];
    stats.on('data', (chunk: Buffer) =>
      lines.push(
        ...chunk
          .toString()
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ),
    );
    await until(() => lines.length >= 2);
    (stats as unknown as Readable).destroy();
    expect(lines[1]).toMatchObject({ name: '/inside', memory_stats: { usage: expect.any(Number) } });
    expect(await container.stats({ stream: false })).toMatchObject({ id: container.id });
  });
});

describe('dockerode, of what happens', () => {
  it('follows a log, with its past, until the container ends', async () => {
    const container = await red.createContainer({ Image: 'busybox', Cmd: ['sh', '-c', 'echo one; echo two >&2; sleep 0.2; echo three'] });
    await container.start();
    const said = demuxed(await container.logs({ follow: true, stdout: true, stderr: true }));
    expect(await said).toEqual({ stdout: 'one\nthree\n', stderr: 'two\n' });
    expect((await container.logs({ stdout: true, tail: 1 })).subarray(8).toString()).toBe('three\n');
    await container.remove();
  });

  it('follows events, of its own containers alone', async () => {
    const events = await red.getEvents({ filters: { type: ['container'], container: ['eventful', 'foreign'] } });
    let seen = '';
    events.on('data', (chunk) => (seen += chunk));
    const foreign = await blue.createContainer({ name: 'foreign', Image: 'busybox' });
    const container = await sleeper('eventful');
    await container.remove({ force: true });
    await until(() => seen.includes('"destroy"'));
    (events as unknown as Readable).destroy();
    const told = seen
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(told.map(({ Action }) => Action)).toEqual(['create', 'start', 'kill', 'die', 'destroy']);
    expect(new Set(told.map(({ Actor }) => Actor.Attributes.name))).toEqual(new Set(['eventful']));
    await foreign.remove();
  });
});

describe('dockerode, of networks and volumes', () => {
  it('makes a network, joins and leaves it, and removes it', async () => {
    const network = await red.createNetwork({ Name: 'tea', Labels: { app: 'tea' } });
    const [server, client] = [await sleeper('pot', { HostConfig: { NetworkMode: 'tea' } }), await sleeper('cup')];
    // Both were to be placed, and only one by the network.
    await client.remove({ force: true });
    const guest = await sleeper('guest', {
      NetworkingConfig: { EndpointsConfig: { tea: { Aliases: ['visitor'] } } },
      HostConfig: { NetworkMode: 'tea' },
    });
    const ping = await server.exec({ Cmd: ['ping', '-c', '1', 'visitor'], AttachStdout: true });
    expect((await demuxed(await ping.start({}))).stdout).toContain('1 packets received');
    expect(Object.keys((await network.inspect()).Containers ?? {}).sort()).toEqual([server.id, guest.id].sort());
    await network.disconnect({ Container: 'guest' });
    await network.connect({ Container: 'guest' });
    await expect(network.remove()).rejects.toMatchObject({
      statusCode: 403,
      json: { message: expect.stringContaining('has active endpoints') },
    });
    for (const member of [server, guest]) await member.remove({ force: true });
    await network.remove();
    expect(await red.listNetworks({ filters: { name: ['tea'] } })).toEqual([]);
  });

  it('makes a volume, whose data outlives the containers', async () => {
    const volume = await red.createVolume({ Name: 'cellar', Labels: { kept: 'yes' } });
    const once = (command: string) =>
      red.run('busybox', ['sh', '-c', command], new PassThrough().resume(), { HostConfig: { Binds: ['cellar:/c'], AutoRemove: true } });
    await once('echo 1984 > /c/year');
    expect(await once('grep -q 1984 /c/year')).toMatchObject([{ StatusCode: 0 }, {}]);
    expect(await red.getVolume('cellar').inspect()).toMatchObject({ Name: 'cellar', Labels: { kept: 'yes' } });
    expect((await red.listVolumes()).Volumes.map(({ Name }) => Name)).toEqual(['cellar']);
    // A container of --rm may still be on its way out, and has let go of its volume's name.
    await until(async () => (await red.listContainers({ all: true })).length === 0);
    await volume.remove();
    await expect(blue.getVolume('cellar').inspect()).rejects.toMatchObject({ statusCode: 404 });
  });
});

describe('dockerode, of images', () => {
  it('pulls one from the fleet’s registry, telling how it gets on', async () => {
    await stage.publish('tool:1');
    const name = `${stage.registry.address}/tool:1`;
    const lines = await progress(await red.pull(name));
    expect(lines.at(-1)).toMatchObject({ status: `Status: Downloaded newer image for ${name}` });
    expect(await red.getImage(name).inspect()).toMatchObject({ RepoTags: expect.arrayContaining([name]) });
    await red.getImage(name).remove();
  });

  it('says why one cannot be pulled', async () => {
    await expect(red.pull(`${stage.registry.address}/none:1`).then(progress)).rejects.toThrow(/none/);
  });

  it('builds one from a context, and tells what it does', async () => {
    const context = { context: join(import.meta.dirname, '../compose/built'), src: ['Dockerfile', 'table.txt'] };
    const lines = await progress(await red.buildImage(context, { t: 'built:1', buildargs: { LEAF: 'mint' } }));
    expect(lines.map(({ stream }) => stream ?? '').join('')).toContain('Successfully tagged built:1');
    const written = new PassThrough();
    const said = text(written);
    await red.run('built:1', [], written, { HostConfig: { AutoRemove: true } });
    written.end();
    expect(await said).toContain('mint tea\r\ntable for two');
    const failed = await progress(await red.buildImage(fileTar('Dockerfile', 'FROM busybox\nRUN exit 9\n'), { forcerm: true }));
    expect(failed.at(-1)).toMatchObject({ error: "The command '/bin/sh -c exit 9' returned a non-zero code: 9" });
  });

  it('commits a container to one, and pushes it', async () => {
    const container = await sleeper('committed');
    await (await container.exec({ Cmd: ['touch', '/made'] })).start({ Detach: true });
    const name = `${stage.registry.address}/made`;
    await container.commit({ repo: name, tag: '1', comment: 'made' });
    await progress(await red.getImage(`${name}:1`).push());
    await container.remove({ force: true });
    expect(await red.getImage(`${name}:1`).history()).toMatchObject([{ Comment: 'made' }, {}]);
  });

  it('tags, saves, loads, lists and removes one', async () => {
    await red.getImage('busybox').tag({ repo: 'kept', tag: '1' });
    const archive = await buffer(await red.getImage('kept:1').get());
    expect(await red.getImage('kept:1').remove()).toEqual([{ Untagged: 'kept:1' }]);
    const lines = await progress(await red.loadImage(Readable.from([archive])));
    expect(lines.map(({ stream }) => stream).join('')).toContain('Loaded image: kept:1');
    expect(await red.listImages({ filters: { reference: ['kept'] } })).toMatchObject([{ RepoTags: expect.arrayContaining(['kept:1']) }]);
    await red.getImage('kept:1').remove({ force: true });
    expect(await red.getImage('busybox').history()).toMatchObject([{ CreatedBy: 'busybox-static' }]);
  });
});
