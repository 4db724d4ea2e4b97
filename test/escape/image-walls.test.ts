import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fleet, type FleetHost, fleetUp } from '../fleet/fleet.ts';
import { registryRange } from '../fleet/registry.ts';
import { type Berth, berthUp, type Tenant } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';
import { type ImageRegistry, imageRegistry, registryImage } from './image-registry.ts';

const secret = 'only red may read this';
const reds = registryImage('secret', secret, 'red');
/** The same layer under a config of blue's own: blue knows the digests, and has not one byte. */
const blues = registryImage('secret', secret, 'blue');

let fleet: Fleet;
let berth: Berth;
let red: Tenant;
let blue: Tenant;
let registries: { red: ImageRegistry; blue: ImageRegistry };
let digestName: string;

beforeAll(async () => {
  fleet = await fleetUp({ count: 1, name: 'images', insecureRegistries: [registryRange] });
  // The near end of the link to the host: only that host reaches it.
  const near = (fleet.hosts[0] as FleetHost).address.replace(/\d+$/, (last) => String(Number(last) - 1));
  registries = { red: await imageRegistry(near, reds, { layers: true }), blue: await imageRegistry(near, blues, { layers: false }) };
  berth = await berthUp({ hosts: fleet.hosts, registries: Object.values(registries).map(({ address }) => address) });
  red = berth.tenants.red as Tenant;
  blue = berth.tenants.blue as Tenant;
  const pulled = await red.call('POST', `/images/create?fromImage=${registries.red.address}/private&tag=1`);
  expect(pulled.text).toContain('Digest:');
  digestName = (await red.call('GET', `/images/${registries.red.address}/private:1/json`)).json.RepoDigests[0];
});

afterAll(async () => {
  await berth?.stop();
  await fleet?.down();
  await Promise.all(Object.values(registries ?? {}).map((registry) => registry.close()));
});

/** The file of an image, read through a container of it; the reply of what failed before. */
async function fileOf(tenant: Tenant, image: string) {
  const made = await tenant.call('POST', '/containers/create', { json: { Image: image, Cmd: ['true'] } });
  if (made.status !== 201) return made;
  return tenant.call('GET', `/containers/${made.json.Id}/archive?path=/secret`);
}

describe("a tenant's private image on a shared host", () => {
  it('serves the tenant that pulled it', async () => {
    expect((await fileOf(red, `${registries.red.address}/private:1`)).text).toContain(secret);
  });

  it('serves nobody else: by id, digest, tag, part of the id, or as the start of an import', async () => {
    const hex = reds.configDigest.slice('sha256:'.length);
    for (const name of [reds.configDigest, hex, hex.slice(0, 12), `${registries.red.address}/private:1`, digestName]) {
      expect((await fileOf(blue, name)).status, name).toBe(404);
      expect((await blue.call('GET', `/images/${name}/json`)).status, name).toBe(404);
      expect((await blue.call('GET', `/images/get?names=${encodeURIComponent(name)}`)).status, name).toBe(404);
      expect((await blue.call('POST', `/images/${name}/tag?repo=mine&tag=1`)).status, name).toBe(404);
    }
    expect((await blue.call('GET', '/images/json')).json).toEqual([]);
  });

  // An engine that has a layer of a digest never asks the registry for it, so Berth asks for every one.
  it('does not come with its layers to a registry that only names them', async () => {
    const { text } = await blue.call('POST', `/images/create?fromImage=${registries.blue.address}/stolen&tag=1`);
    expect(text).toContain('its registry has the manifest, but not the part sha256:');
    expect((await fileOf(blue, `${registries.blue.address}/stolen:1`)).status).toBe(404);
    expect((await fileOf(blue, blues.configDigest)).status).toBe(404);
    expect((await blue.call('GET', '/images/json')).json).toEqual([]);
  });
});

describe('a loaded archive', () => {
  it('moves no tag of anybody else, on the host neither', async () => {
    const before = (await red.call('GET', `/images/${registries.red.address}/private:1/json`)).json.Id;
    const layer = tarOf([{ name: 'evil', content: 'evil' }]);
    const config = JSON.parse(blues.config);
    config.rootfs.diff_ids = [`sha256:${createHash('sha256').update(layer).digest('hex')}`];
    const archive = tarOf([
      { name: 'config.json', content: JSON.stringify(config) },
      { name: 'layer.tar', content: layer },
      {
        name: 'manifest.json',
        content: JSON.stringify([
          { Config: 'config.json', RepoTags: [`${registries.red.address}/private:1`, 'busybox:latest'], Layers: ['layer.tar'] },
        ]),
      },
    ]);
    const loaded = await blue.call('POST', '/images/load', {
      body: Buffer.from(archive),
      headers: { 'Content-Type': 'application/x-tar' },
    });
    expect(loaded.text).toContain('Loaded image');
    expect((await red.call('GET', `/images/${registries.red.address}/private:1/json`)).json.Id).toBe(before);
    expect((await blue.call('GET', '/images/busybox/json')).json.Id).not.toBe(before);
  });
});
