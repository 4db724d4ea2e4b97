import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Stage, stageUp } from './stage.ts';

let stage: Stage;
let red: Client;

beforeAll(async () => {
  stage = await stageUp('network');
  red = stage.red;
});
afterAll(() => stage?.down());

const sleeper = (name: string, ...flags: string[]) => red.out('run', '-d', '--name', name, ...flags, 'busybox', 'sleep', '1000');
const server = (name: string, text: string, ...flags: string[]) =>
  red.out('run', '-d', '--name', name, ...flags, 'busybox', 'sh', '-c', `echo ${text} > /index.html; exec httpd -f -p 80 -h /`);
const inside = (name: string, ...command: string[]) => red.out('exec', name, ...command);
const fetched = (from: string, host: string) => inside(from, 'timeout', '5', 'wget', '-q', '-O', '-', `http://${host}/`);
const networkOf = (name: string) =>
  red.out('inspect', '--format', '{{range $name, $net := .NetworkSettings.Networks}}{{$name}} {{end}}', name);

describe('a network', () => {
  it('is made, listed, inspected by name and prefix, and removed', async () => {
    const id = await red.out('network', 'create', '--label', 'app=shop', 'front');
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    const list = (...filters: string[]) =>
      red.out('network', 'ls', '--format', '{{.Name}}', ...filters.flatMap((filter) => ['--filter', filter]));
    expect((await list()).split('\n').sort()).toEqual(['bridge', 'front', 'none']);
    expect(await list('label=app=shop')).toBe('front');
    expect(await list('type=custom')).toBe('front');
    expect(await list(`id=${id.slice(0, 12)}`)).toBe('front');
    expect(await red.out('network', 'inspect', '--format', '{{.Name}} {{.Driver}} {{.Scope}}', id.slice(0, 8))).toBe('front bridge local');
    expect(await red.fails('network', 'create', 'front')).toContain('network with name front already exists');
    expect(await red.out('network', 'rm', 'front')).toBe('front');
    expect(await red.fails('network', 'rm', 'front')).toContain('network front not found');
  });

  it('resolves its members by name and by alias, and shows them', async () => {
    await red.out('network', 'create', 'app');
    await server('web', 'hello', '--network', 'app', '--network-alias', 'www');
    await sleeper('client', '--network', 'app');
    expect(await fetched('client', 'web')).toBe('hello');
    expect(await fetched('client', 'www')).toBe('hello');
    expect(await inside('client', 'ping', '-c', '1', '-W', '3', 'web')).toContain('1 packets received');
    const address = await red.out('inspect', '--format', '{{.NetworkSettings.Networks.app.IPAddress}}', 'web');
    expect(await inside('client', 'nslookup', 'web')).toContain(address);
    const members = JSON.parse(await red.out('network', 'inspect', '--format', '{{json .Containers}}', 'app'));
    expect(
      Object.values(members)
        .map((member) => (member as { Name: string }).Name)
        .sort(),
    ).toEqual(['client', 'web']);
  });

  it('resolves a renamed member by its new name', async () => {
    await red.out('rename', 'web', 'shop');
    expect(await fetched('client', 'shop')).toBe('hello');
    expect(await fetched('client', 'www')).toBe('hello');
    await expect(fetched('client', 'web')).rejects.toThrow(/ended with 1/);
    await red.out('rename', 'shop', 'web');
    expect(await fetched('client', 'web')).toBe('hello');
  });

  it('is not removed while it has members', async () => {
    expect(await red.fails('network', 'rm', 'app')).toMatch(/network app .*has active endpoints/);
  });

  it('is joined and left by a running container', async () => {
    await red.out('network', 'create', 'back');
    await red.out('network', 'connect', '--alias', 'store', 'back', 'web');
    expect(await networkOf('web')).toBe('app back');
    await sleeper('worker', '--network', 'back');
    expect(await fetched('worker', 'store')).toBe('hello');
    expect(await fetched('worker', 'web')).toBe('hello');
    expect(await fetched('client', 'web')).toBe('hello');
    await red.out('network', 'disconnect', 'back', 'web');
    expect(await networkOf('web')).toBe('app');
    await expect(fetched('worker', 'store')).rejects.toThrow(/ended with 1/);
    await red.out('rm', '-f', 'worker');
    await red.out('network', 'rm', 'back');
  });

  it('keeps out who is no member', async () => {
    const address = await red.out('inspect', '--format', '{{.NetworkSettings.Networks.app.IPAddress}}', 'web');
    await sleeper('stranger');
    await expect(fetched('stranger', 'web')).rejects.toThrow(/ended with 1/);
    await expect(fetched('stranger', address)).rejects.toThrow(/ended with 1/);
    await red.out('rm', '-f', 'stranger');
  });

  it('is where a container is found again after a restart', async () => {
    await red.out('restart', '-t', '0', 'web');
    expect(await fetched('client', 'web')).toBe('hello');
    await red.out('rm', '-f', 'web', 'client');
    await red.out('network', 'rm', 'app');
  });
});

describe('network modes', () => {
  it('the default network is called bridge and is always there', async () => {
    await sleeper('plain');
    expect(await networkOf('plain')).toBe('bridge');
    await red.out('rm', '-f', 'plain');
    expect(await red.fails('network', 'rm', 'bridge')).toMatch(/pre-defined network and cannot be removed/);
  });

  it('none has no interface but its own', async () => {
    expect(await red.out('run', '--rm', '--network', 'none', 'busybox', 'ls', '/sys/class/net')).toBe('lo');
  });

  it('container:NAME shares the network of another', async () => {
    await server('host-of-two', 'shared');
    expect(
      await red.out('run', '--rm', '--network', 'container:host-of-two', 'busybox', 'wget', '-q', '-O', '-', 'http://127.0.0.1/'),
    ).toBe('shared');
    await red.out('rm', '-f', 'host-of-two');
  });

  it('an internal one is said to be one', async () => {
    await red.out('network', 'create', '--internal', 'closed');
    expect(await red.out('network', 'inspect', '--format', '{{.Internal}}', 'closed')).toBe('true');
    expect(await red.out('run', '--rm', '--network', 'closed', 'busybox', 'ls', '/sys/class/net')).toBe('eth0\nlo');
    await red.out('network', 'rm', 'closed');
  });
});

describe('what a network is not', () => {
  it.each([
    [['--driver', 'macvlan'], /Driver/],
    [['--driver', 'overlay'], /Driver/],
    [['--subnet', '10.9.0.0/24'], /IPAM/],
    [['-o', 'com.docker.network.bridge.name=eth0'], /Options/],
    [['--ipv6'], /IPv6/],
  ])('docker network create %s is refused, naming the field', async (flags, field) => {
    expect(await red.fails('network', 'create', ...flags, 'other')).toMatch(field);
  });

  it('one that there is not', async () => {
    expect(await red.fails('run', '--rm', '--network', 'nowhere', 'busybox', 'true')).toMatch(
      /^125: docker: Error response from daemon: network nowhere not found/,
    );
    expect(await red.fails('run', '--rm', '--network', 'container:nobody', 'busybox', 'true')).toMatch(
      /^125: docker: Error response from daemon: No such container: nobody/,
    );
    await sleeper('lonely');
    expect(await red.fails('network', 'connect', 'nowhere', 'lonely')).toContain('network nowhere not found');
    await red.out('rm', '-f', 'lonely');
  });
});
