import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Stage, stageUp } from './stage.ts';

let stage: Stage;
let red: Client;
let blue: Client;

beforeAll(async () => {
  stage = await stageUp('tenants');
  ({ red, blue } = stage);
});
afterAll(() => stage?.down());

const both = <T>(act: (client: Client, colour: string) => Promise<T>) => Promise.all([act(red, 'red'), act(blue, 'blue')]);
const sleeper = (client: Client, name: string, ...flags: string[]) =>
  client.out('run', '-d', '--name', name, ...flags, 'busybox', 'sleep', '1000');

describe('two tenants at once', () => {
  it('use the same names and see their own alone', async () => {
    await both(async (client, colour) => {
      await client.out('network', 'create', 'app');
      await client.out('volume', 'create', 'data');
      const serve = `echo ${colour} > /data/index.html; exec httpd -f -p 80 -h /data`;
      await client.out(
        'run',
        '-d',
        '--name',
        'web',
        '--network',
        'app',
        '-v',
        'data:/data',
        '--label',
        `colour=${colour}`,
        'busybox',
        'sh',
        '-c',
        serve,
      );
      await client.out('run', '-d', '--name', 'client', '--network', 'app', 'busybox', 'sleep', '1000');
    });
    await both(async (client, colour) => {
      expect((await client.out('ps', '--format', '{{.Names}}')).split('\n')).toEqual(['client', 'web']);
      expect(await client.out('inspect', '--format', '{{.Config.Labels.colour}}', 'web')).toBe(colour);
      expect(await client.out('exec', 'client', 'timeout', '5', 'wget', '-q', '-O', '-', 'http://web/')).toBe(colour);
      expect(await client.out('run', '--rm', '-v', 'data:/d', 'busybox', 'cat', '/d/index.html')).toBe(colour);
      expect(await client.out('volume', 'ls', '-q')).toBe('data');
      expect((await client.out('network', 'ls', '--format', '{{.Name}}')).split('\n').sort()).toEqual(['app', 'bridge', 'none']);
      expect(Object.values(JSON.parse(await client.out('network', 'inspect', '--format', '{{json .Containers}}', 'app')))).toHaveLength(2);
      expect(JSON.parse(await client.out('info', '--format', 'json'))).toMatchObject({ Containers: 2, ContainersRunning: 2, Images: 1 });
    });
  });

  it('have one image name each for different content', async () => {
    await both(async (client, colour) => {
      await client.out('run', '--name', 'base', 'busybox', 'sh', '-c', `echo ${colour} > /colour`);
      const { stdout } = await exported(client, 'base');
      await client.pipe(stdout, 'import', '-', 'app:1');
      await client.out('rm', 'base');
    });
    await both(async (client, colour) => {
      for (let time = 0; time < 3; time++) expect(await client.out('run', '--rm', 'app:1', 'cat', '/colour')).toBe(colour);
    });
  });

  it('reach nothing of each other over the network', async () => {
    const address = await blue.out('inspect', '--format', '{{.NetworkSettings.Networks.app.IPAddress}}', 'web');
    await expect(red.out('exec', 'client', 'timeout', '2', 'wget', '-q', '-O', '-', `http://${address}/`)).rejects.toThrow(/ended with 1/);
  });

  it('get different networks even of one name', async () => {
    const [one, two] = await both((client) =>
      client.out('network', 'inspect', '--format', '{{.Id}} {{(index .IPAM.Config 0).Subnet}}', 'app'),
    );
    expect(one?.split(' ')[0]).not.toBe(two?.split(' ')[0]);
    expect(one?.split(' ')[1]).not.toBe(two?.split(' ')[1]);
  });
});

/** `docker export` as bytes: text would break them. */
async function exported(client: Client, name: string): Promise<{ stdout: Buffer }> {
  const { body } = await client.call('GET', `/containers/${name}/export`);
  return { stdout: body };
}

describe("another tenant's", () => {
  it('container answers as if it did not exist, by name and by prefix, to every verb', async () => {
    const id = await sleeper(blue, 'secret');
    for (const reference of [id.slice(0, 12), 'secret']) {
      const verbs = [
        ['start'],
        ['stop', '-t', '0'],
        ['kill'],
        ['restart', '-t', '0'],
        ['pause'],
        ['unpause'],
        ['wait'],
        ['rm'],
        ['logs'],
        ['top'],
        ['attach'],
        ['export'],
        ['stats', '--no-stream'],
      ];
      const commands = [
        ...verbs.map((verb) => [...verb, reference]),
        ['exec', reference, 'true'],
        ['rename', reference, 'mine'],
        ['cp', `${reference}:/etc/passwd`, '-'],
        ['container', 'inspect', reference],
        ['network', 'connect', 'app', reference],
      ];
      for (const command of commands) {
        const refusal = await red.fails(...command);
        expect(refusal, command.join(' ')).toContain(`No such container: ${reference}`);
        // Word for word what a name says that nobody has.
        expect(refusal.replaceAll(reference, 'X')).toBe(
          (await red.fails(...command.map((word) => word.replace(reference, 'nobody-has-this')))).replaceAll('nobody-has-this', 'X'),
        );
      }
      expect(await red.out('ps', '-aq', '--filter', `id=${reference}`)).toBe('');
      for (const flag of ['--volumes-from', '--network=container:', '--pid=container:', '--ipc=container:']) {
        const joined = flag.endsWith(':') ? [`${flag}${reference}`] : [flag, reference];
        expect(await red.fails('run', '--rm', ...joined, 'busybox', 'true')).toContain(`No such container: ${reference}`);
      }
    }
    expect(await blue.out('inspect', '--format', '{{.State.Running}} {{.Name}}', id)).toBe('true /secret');
    await blue.out('rm', '-f', 'secret');
  });

  it('network does not exist', async () => {
    const id = await blue.out('network', 'create', 'private');
    for (const reference of [id, id.slice(0, 12), 'private']) {
      expect(await red.fails('network', 'inspect', reference)).toContain(`network ${reference} not found`);
      expect(await red.fails('network', 'rm', reference)).toContain(`network ${reference} not found`);
      expect(await red.fails('network', 'connect', reference, 'client')).toContain(`network ${reference} not found`);
      expect(await red.fails('network', 'disconnect', reference, 'client')).toContain(`network ${reference} not found`);
      expect(await red.fails('run', '--rm', '--network', reference, 'busybox', 'true')).toContain(`network ${reference} not found`);
    }
    expect(await blue.out('network', 'rm', 'private')).toBe('private');
  });

  it('volume does not exist, and its name makes a new one', async () => {
    await blue.out('run', '--rm', '-v', 'treasure:/t', 'busybox', 'touch', '/t/gold');
    expect(await red.fails('volume', 'inspect', 'treasure')).toContain('get treasure: no such volume');
    expect(await red.fails('volume', 'rm', 'treasure')).toContain('get treasure: no such volume');
    expect(await red.out('run', '--rm', '-v', 'treasure:/t', 'busybox', 'ls', '/t')).toBe('');
    await red.out('volume', 'rm', 'treasure');
    expect(await blue.out('run', '--rm', '-v', 'treasure:/t', 'busybox', 'ls', '/t')).toBe('gold');
    await blue.out('volume', 'rm', 'treasure');
  });

  it('image does not exist, by name, id and prefix', async () => {
    const id = await blue.out('image', 'inspect', '--format', '{{.Id}}', 'app:1');
    await blue.out('tag', 'app:1', 'blue-only:1');
    for (const reference of [id, id.slice('sha256:'.length, 'sha256:'.length + 12), 'blue-only:1']) {
      for (const command of [
        ['image', 'inspect', reference],
        ['history', reference],
        ['tag', reference, 'mine:1'],
        ['rmi', reference],
        ['save', reference],
        ['run', '--rm', '--pull', 'never', reference],
      ]) {
        expect(await red.fails(...command), command.join(' ')).toContain('No such image: ');
      }
    }
    expect(await red.out('images', '--no-trunc', '-q')).not.toContain(id);
  });

  it('exec does not exist', async () => {
    const exec = await blue.call('POST', '/containers/web/exec', { json: { Cmd: ['true'], AttachStdout: true } });
    expect(exec.status).toBe(201);
    for (const [method, path] of [
      ['GET', 'json'],
      ['POST', 'start'],
      ['POST', 'resize?h=1&w=1'],
    ] as const) {
      const reply = await red.call(
        method,
        `/exec/${exec.json.Id}/${path}`,
        method === 'POST' && path === 'start' ? { json: { Detach: true } } : {},
      );
      expect([reply.status, reply.json.message]).toEqual([404, `No such exec instance: ${exec.json.Id}`]);
    }
  });
});
