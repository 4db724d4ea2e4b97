import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processRun } from '../../src/runtime/local/process.ts';
import { type Fleet, type FleetHost, fleetUp } from '../fleet/fleet.ts';
import { dockerRun } from '../harness.ts';
import { type Listener, listen, metadata, metadata6, resolve, type World, wallsOf, worldUp } from './world.ts';

/** Names of the public internet, as far as anybody can see before asking the engine's own DNS where they lead. */
const registry = 'registry.berth-walls.dev:5000';
const rebinding = ['rebinding-1.berth-walls.dev:5000', 'rebinding-2.berth-walls.dev:5000'];
const otherTenant = '100.126.66.1';

let fleet: Fleet;
let host: FleetHost;
let world: World;
let walls: ReturnType<typeof wallsOf>;
let onHost: Listener;

beforeAll(async () => {
  // Plain HTTP everywhere: what matters is who is asked.
  fleet = await fleetUp({ count: 1, name: 'engine-walls', walls: {}, insecureRegistries: ['0.0.0.0/0'] });
  [host] = fleet.hosts as [FleetHost];
  walls = wallsOf(fleet, host);
  world = await worldUp(fleet);
  onHost = await listen(host.namespace, ['127.0.0.1:5000', `${host.address}:5000`]);
  await resolve(host, {
    'registry.berth-walls.dev': [world.internet],
    'metadata.berth-walls.dev': [metadata],
    'neighbour.berth-walls.dev': [otherTenant],
    'loopback.berth-walls.dev': ['127.0.0.1'],
    'itself.berth-walls.dev': [host.address],
    ...Object.fromEntries(rebinding.map((name) => [name.split(':')[0], [world.internet, metadata]])),
  });
});
afterAll(async () => {
  await fleet?.down();
});

/** Who was asked for something during a pull of the engine's own that must fail: there is no image anywhere. */
async function askedBy(image: string): Promise<string[]> {
  const [outside, inside] = [world.listener.hits.length, onHost.hits.length];
  const pull = await dockerRun(['pull', image], host.dockerHostEnv);
  expect(pull.code).not.toBe(0);
  const hits = [...world.listener.hits.slice(outside), ...onHost.hits.slice(inside)];
  return [...new Set(hits.map((hit) => hit.split(' ')[0] ?? ''))];
}

describe('an engine', () => {
  it('reaches a public registry by name', async () => {
    expect(await askedBy(`${registry}/image`)).toEqual([world.internet]);
  });
});

describe('security', () => {
  it.each([
    {
      what: 'the metadata service',
      image: 'metadata.berth-walls.dev:5000/image',
      asked: () => metadata,
      wall: 'BERTH-PRIVATE -d 169.254.0.0/16',
    },
    {
      what: "another tenant's container",
      image: 'neighbour.berth-walls.dev:5000/image',
      asked: () => otherTenant,
      wall: 'BERTH-PRIVATE -d 100.64.0.0/10',
    },
  ])('a registry whose name leads to $what is not asked, and would be without its wall', async ({ image, asked, wall }) => {
    expect(await askedBy(image)).toEqual([]);
    expect(await walls.without([wall], () => askedBy(image))).toEqual([asked()]);
  });

  it.each([
    { image: 'loopback.berth-walls.dev:5000/image', asked: () => '127.0.0.1', range: 'BERTH-PRIVATE -d 127.0.0.0/8' },
    { image: 'itself.berth-walls.dev:5000/image', asked: () => host.address, range: 'BERTH-PRIVATE -d 10.0.0.0/8' },
  ])(
    'a registry whose name leads to the host itself ($image) is not asked, and would be without its walls',
    async ({ image, asked, range }) => {
      expect(await askedBy(image)).toEqual([]);
      expect(await walls.without([range], () => askedBy(image))).toEqual([]);
      expect(await walls.without([range, 'BERTH-ENGINE -m addrtype'], () => askedBy(image))).toEqual([asked()]);
    },
  );

  it('a registry whose name leads elsewhere at the second question gets nowhere', async () => {
    const [first, second] = rebinding;
    expect(await askedBy(`${first}/image`)).not.toContain(metadata);
    expect(await walls.without(['BERTH-PRIVATE -d 169.254.0.0/16'], () => askedBy(`${second}/image`))).toContain(metadata);
  });

  it('a registry that redirects to the metadata service gets nowhere', async () => {
    const image = `${registry}/redirect/${metadata}`;
    expect(await askedBy(image)).toEqual([world.internet]);
    expect(await walls.without(['BERTH-PRIVATE -d 169.254.0.0/16'], () => askedBy(image))).toEqual([world.internet, metadata]);
  });

  it('over IPv6 neither', async () => {
    const asRoot = async () =>
      (await processRun(['nsenter', `--net=${host.namespace}`, 'curl', '-sgm', '3', `http://[${metadata6}]/`])).stdout;
    expect(await asRoot()).toBe('');
    expect(await walls.without(['BERTH-PRIVATE -d fc00::/7'], asRoot)).toBe('got through\n');
  });
});
