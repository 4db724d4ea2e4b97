import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImageRegistry, imageRegistry, registryImage } from '../escape/image-registry.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { type Registry, registryRange, registryUp } from '../fleet/registry.ts';
import { berthUp, type Tenant, until } from '../harness.ts';
import { liveDocker } from './live.ts';
import { type Client, type Stage, stageOn } from './stage.ts';

let fleet: Fleet;
let stage: Stage;
let registry: Registry;
let red: Client;
/** Its layer begins and never ends. */
let endless: ImageRegistry;
const image = registryImage('file', 'content', 'somebody');

beforeAll(async () => {
  fleet = await fleetUp({ count: 3, name: 'cli-pull', insecureRegistries: [registryRange] });
  registry = await registryUp(fleet);
  const host = fleet.hosts[0]?.dockerHostEnv ?? {};
  endless = await imageRegistry('127.0.0.1', image, { layers: 'endless' });
  stage = await stageOn(fleet, { registries: [registry.address, endless.address] });
  red = stage.red;
  // Whoever publishes images does so at an engine of their own.
  const publish = async (...args: string[]) => expect((await red.docker(args, { env: host })).stderr).toBe('');
  // An image of its own: both tenants have busybox already.
  await publish('create', '--name', 'maker', 'busybox');
  await publish('commit', '-a', 'team', 'maker', `${registry.address}/team/tool:1`);
  await publish('rm', 'maker');
  await publish('push', '-q', `${registry.address}/team/tool:1`);
  await publish('rmi', `${registry.address}/team/tool:1`);
});
afterAll(async () => {
  await stage?.down();
  await fleet?.down();
  await endless?.close();
});

const tool = () => `${registry.address}/team/tool`;

describe('docker pull', () => {
  it('brings an image by its tag, telling how it gets on', async () => {
    const said = await red.out('pull', `${tool()}:1`);
    expect(said).toContain('1: Pulling from team/tool');
    expect(said).toMatch(/Digest: sha256:[0-9a-f]{64}/);
    expect(said).toMatch(/^[0-9a-f]{12}: Pull complete$/m);
    expect(said).toContain(`Status: Downloaded newer image for ${tool()}:1`);
    expect(said.endsWith(`${tool()}:1`)).toBe(true);
    expect(await red.out('run', '--rm', `${tool()}:1`, 'echo', 'pulled')).toBe('pulled');
  });

  it('brings it by its digest', async () => {
    const digest = await red.out('image', 'inspect', '--format', '{{index .RepoDigests 0}}', `${tool()}:1`);
    await red.out('rmi', `${tool()}:1`);
    await red.out('pull', digest);
    expect(await red.out('run', '--rm', digest, 'echo', 'by digest')).toBe('by digest');
    expect(await red.out('images', '--digests', '--format', '{{.Repository}}@{{.Digest}}', tool())).toBe(digest);
  });

  it('happens by itself for a container of an image that is not there', async () => {
    const { code, stdout, stderr } = await stage.blue.docker(['run', '--rm', `${tool()}:1`, 'echo', 'by itself']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'by itself\n' });
    expect(stderr).toContain(`Unable to find image '${tool()}:1' locally`);
  });

  it('ends at the registry when its client goes', async () => {
    const pull = liveDocker(red.env, 'pull', `${endless.address}/team/endless`);
    await until(() => endless.asked.some((asked) => asked.endsWith(image.layerDigest)));
    expect(await endless.connected()).toBe(1);
    pull.signal('SIGINT');
    await pull.ended;
    await until(async () => (await endless.connected()) === 0);
  });

  it('says what there is not', async () => {
    expect(await red.fails('pull', `${tool()}:9`)).toMatch(/manifest for .*team\/tool:9 not found|not found/);
    expect(await red.fails('run', '--rm', `${tool()}:9`)).toMatch(/^125: /);
  });

  it('is not done from an address inside, unless the operator allows it', async () => {
    const [address = ''] = registry.address.split(':');
    expect(await red.fails('pull', `${address}:5001/x`)).toMatch(/Error response from daemon: .*registry/i);
    expect(await red.fails('pull', 'localhost:5000/x')).toMatch(/Error response from daemon: .*registry/i);
    expect(await red.fails('pull', '169.254.169.254/x')).toMatch(/Error response from daemon: .*registry/i);
  });
});

describe('docker login', () => {
  const login = (...args: string[]) => red.docker(['login', '-u', 'someone', '--password-stdin', ...args], { input: 'secret-of-someone' });

  it('tries the credential at its registry', async () => {
    const { code, stdout } = await login(registry.address);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Login Succeeded\n' });
    expect(await red.out('logout', registry.address)).toContain('Removing login credentials');
  });

  it('goes to no address inside', async () => {
    const { code, stderr } = await login('127.0.0.1:5000');
    expect(code).toBe(1);
    expect(stderr).toMatch(/registry/i);
  });

  it('leaves the password in no log', () => {
    expect(JSON.stringify(stage.berth.log)).not.toContain('secret-of-someone');
  });
});

describe('a registry that the operator does not allow', () => {
  it('is refused before any host is asked', async () => {
    const strict = await berthUp({ hosts: fleet.hosts, tenants: ['green'] });
    try {
      const green = strict.tenants.green as Tenant;
      const { code, stderr } = await green.docker(['pull', `${tool()}:1`]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/registry/i);
      expect((await green.docker(['load'], { input: await busyboxImageMake() })).code).toBe(0);
    } finally {
      await strict.stop();
    }
  });
});
