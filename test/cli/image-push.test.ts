import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { type Registry, registryRange, registryUp } from '../fleet/registry.ts';
import { tarOf } from '../pure/images/tar-maker.ts';
import { berthRun } from './berth/berth-run.ts';
import { type Client, type Stage, stageOn } from './stage.ts';

const password = 'sesame-of-red';
/** bcrypt of it, as htpasswd -B writes it. */
const htpasswd = 'red:$2b$05$abcdefghijklmnopqrstuutA3DUcgy9GI/yUf.tJvuxnkk8LLss5C\n';

let fleet: Fleet;
let stage: Stage;
let registry: Registry;
let red: Client;
let blue: Client;
const named = (name: string) => `${registry.address}/${name}`;
const lines = (text: string) => text.split('\n').filter(Boolean);

beforeAll(async () => {
  fleet = await fleetUp({ count: 2, name: 'cli-push', insecureRegistries: [registryRange] });
  registry = await registryUp(fleet, { htpasswd });
  stage = await stageOn(fleet, { registries: [registry.address] });
  ({ red, blue } = stage);
});
afterAll(async () => {
  await stage?.down();
  await fleet?.down();
});

const berth = (client: Client, input: string, ...args: string[]) =>
  berthRun(args, { BERTH_URL: `http://127.0.0.1:${stage.berth.server.httpPort}`, BERTH_TOKEN: client.token }, undefined, input);
/** What the registry says, by its own API. */
async function ask(path: string): Promise<{ text: string; digest: string | null }> {
  const reply = await fetch(`http://${registry.address}/v2/${path}`, {
    headers: { authorization: `Basic ${btoa(`red:${password}`)}`, accept: 'application/vnd.docker.distribution.manifest.v2+json' },
  });
  return { text: await reply.text(), digest: reply.headers.get('docker-content-digest') };
}

describe('docker push', () => {
  it('without a login is refused in Docker’s words', async () => {
    await red.out('tag', 'busybox', named('red/box:1'));
    expect(await red.fails('push', named('red/box:1'))).toContain('no basic auth credentials');
    expect(await red.fails('push', named('red/absent:1'))).toContain('An image does not exist locally with the tag');
  });

  it('with one sends every layer, and prints what Docker prints', async () => {
    await red.pipe(password, 'login', '-u', 'red', '--password-stdin', registry.address);
    const said = lines(await red.out('push', named('red/box:1')));
    expect(said[0]).toBe(`The push refers to repository [${named('red/box')}]`);
    expect(said.some((line) => /^[0-9a-f]{12}: Pushed$/.test(line))).toBe(true);
    const { text, digest } = await ask('red/box/manifests/1');
    expect(said.at(-1)).toBe(`1: digest: ${digest} size: ${text.length}`);
    expect(JSON.parse(text).config.digest).toBe(await red.out('image', 'inspect', '--format', '{{.Id}}', 'busybox'));
    expect(await red.out('image', 'inspect', '--format', '{{json .RepoDigests}}', named('red/box:1'))).toContain(
      `${named('red/box')}@${digest}`,
    );
  });

  it('sends nothing twice: what is there stays, what another repository has is mounted', async () => {
    expect(await red.out('push', named('red/box:1'))).toMatch(/^[0-9a-f]{12}: Layer already exists$/m);
    await red.out('tag', 'busybox', named('red/other:2'));
    expect(await red.out('push', named('red/other:2'))).toMatch(/^[0-9a-f]{12}: Mounted from red\/box$/m);
  });

  it('sends the one layer that is new, and what is pulled back is the same image', async () => {
    await red.out('run', '--name', 'maker', named('red/box:1'), 'sh', '-c', 'echo new > /new');
    await red.out('commit', 'maker', named('red/grown:1'));
    await red.out('rm', 'maker');
    const id = await red.out('image', 'inspect', '--format', '{{.Id}}', named('red/grown:1'));
    const said = await red.out('push', named('red/grown:1'));
    expect(said).toMatch(/: Mounted from red\/|: Layer already exists/);
    expect(said).toMatch(/: Pushed$/m);
    await red.out('rmi', '-f', id);
    await red.out('pull', named('red/grown:1'));
    expect(await red.out('image', 'inspect', '--format', '{{.Id}}', named('red/grown:1'))).toBe(id);
    expect(await red.out('run', '--rm', named('red/grown:1'), 'cat', '/new')).toBe('new');
  });

  it('--all-tags sends all tags of a repository', async () => {
    for (const tag of ['a', 'b']) await red.out('tag', 'busybox', named(`red/many:${tag}`));
    const said = await red.out('push', '--all-tags', named('red/many'));
    expect(said).toMatch(/^a: digest: sha256:/m);
    expect(said).toMatch(/^b: digest: sha256:/m);
    expect(JSON.parse((await ask('red/many/tags/list')).text).tags.sort()).toEqual(['a', 'b']);
  });

  it('tells what a registry has without pulling it', async () => {
    const auth = btoa(JSON.stringify({ username: 'red', password, serveraddress: registry.address }));
    const reply = await red.call('GET', `/v1.47/distribution/${named('red/box:1')}/json`, { headers: { 'X-Registry-Auth': auth } });
    expect(reply.json).toMatchObject({
      Descriptor: { mediaType: 'application/vnd.docker.distribution.manifest.v2+json', digest: (await ask('red/box/manifests/1')).digest },
      Platforms: [{ os: 'linux' }],
    });
  });
});

describe('the credential that a tenant keeps', () => {
  it('is used for a pull and a push without a login, and is never shown', async () => {
    await red.out('logout', registry.address);
    const kept = await berth(red, `${password}\n`, 'registries', 'login', registry.address, '--username', 'red');
    expect([kept.code, kept.stdout]).toEqual([0, `${registry.address}: kept\n`]);
    expect((await berth(red, '', 'registries', 'list')).stdout).toMatch(new RegExp(`^${registry.address} +red `, 'm'));
    await red.out('rmi', named('red/other:2'));
    expect(await red.out('pull', named('red/other:2'))).toContain(named('red/other:2'));
    await red.out('tag', 'busybox', named('red/kept:1'));
    expect(await red.out('push', named('red/kept:1'))).toContain('1: digest: sha256:');
    for (const path of ['/v1/registries', '/v1/audit', '/v1/events']) {
      const reply = await fetch(`http://127.0.0.1:${stage.berth.server.httpPort}${path}`, {
        headers: { authorization: `Bearer ${red.token}` },
      });
      expect(await reply.text()).not.toContain(password);
    }
  });

  it('is used by a deployment', async () => {
    await red.out('rmi', '-f', named('red/grown:1'));
    const spec = { image: named('red/grown:1'), command: ['sleep', '3600'] };
    const made = await fetch(`http://127.0.0.1:${stage.berth.server.httpPort}/v1/deployments`, {
      method: 'POST',
      headers: { authorization: `Bearer ${red.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'pulled', spec }),
    });
    expect(made.status, await made.text()).toBe(202);
  });

  it('is nobody else’s', async () => {
    expect(await blue.fails('pull', named('red/box:1'))).toContain('pull access denied');
    await blue.out('tag', 'busybox', named('red/theirs:1'));
    expect(await blue.fails('push', named('red/theirs:1'))).toContain('no basic auth credentials');
    expect((await berth(blue, '', 'registries', 'list')).stdout).not.toContain(registry.address);
  });

  it('is forgotten by logout', async () => {
    expect((await berth(red, '', 'registries', 'logout', registry.address)).code).toBe(0);
    expect(await red.fails('push', named('red/kept:1'))).toContain('no basic auth credentials');
    expect((await berth(red, '', 'registries', 'logout', registry.address)).code).toBe(1);
  });
});

describe('security', () => {
  it('a credential for one registry is not shown to another', async () => {
    const auth = btoa(JSON.stringify({ username: 'red', password, serveraddress: 'elsewhere.dev' }));
    const reply = await red.call('POST', `/v1.47/images/${named('red/box')}/push?tag=1`, { headers: { 'X-Registry-Auth': auth } });
    expect([reply.status, reply.json.message]).toEqual([403, expect.stringContaining('X-Registry-Auth is for elsewhere.dev')]);
  });

  it('a registry inside is refused', async () => {
    for (const inner of ['127.0.0.1:5000', '169.254.169.254', 'localhost:5000']) {
      await red.out('tag', 'busybox', `${inner}/x:1`);
      expect(await red.fails('push', `${inner}/x:1`)).toContain('is not allowed');
    }
  });

  it('another tenant’s image is not there to push', async () => {
    await red.pipe(Buffer.from(tarOf([{ name: 'mine', content: 'mine' }])), 'import', '-', named('red/mine:1'));
    expect(await blue.fails('push', named('red/mine:1'))).toContain('An image does not exist locally with the tag');
  });

  it('the password is in no log', () => {
    expect(JSON.stringify(stage.berth.log)).not.toContain(password);
  });
});

describe('save and load of many', () => {
  it('one archive brings several images with all their names to another tenant', async () => {
    await red.out('tag', 'busybox', 'first:1');
    await red.pipe(Buffer.from(tarOf([{ name: 'second', content: 'second' }])), 'import', '-', 'second:2');
    const saved = await red.call('GET', '/v1.47/images/get?names=first:1&names=second:2');
    expect(saved.status).toBe(200);
    expect(lines(await blue.pipe(saved.body, 'load')).sort()).toEqual(['Loaded image: first:1', 'Loaded image: second:2']);
    expect(lines(await blue.out('images', '--format', '{{.Repository}}:{{.Tag}}'))).toEqual(
      expect.arrayContaining(['first:1', 'second:2']),
    );
  });
});
