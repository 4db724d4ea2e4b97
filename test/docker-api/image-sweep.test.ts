import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostImagesSweep } from '../../src/app/image-sweep.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { type Berth, berthUp, type Tenant } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';

let fleet: Fleet;
let berth: Berth;
let red: Tenant;
let blue: Tenant;

beforeAll(async () => {
  fleet = await fleetUp({ count: 1, name: 'images' });
  berth = await berthUp({ hosts: fleet.hosts, tenants: ['red', 'blue'] });
  [red, blue] = [berth.tenants.red, berth.tenants.blue] as [Tenant, Tenant];
});
afterAll(async () => {
  await berth?.stop();
  await fleet?.down();
});

async function imported(tenant: Tenant, name: string): Promise<string> {
  const made = await tenant.call('POST', `/images/create?fromSrc=-&repo=${name}&tag=latest`, {
    body: Buffer.from(tarOf([{ name: 'a', content: name }])),
    headers: { 'Content-Type': 'application/x-tar' },
  });
  expect(made.status, made.text).toBe(200);
  return (await tenant.call('GET', `/images/${name}:latest/json`)).json.Id;
}
const swept = async (unusedMs: number) => {
  for (const host of berth.server.app.fleet.hosts()) await hostImagesSweep(berth.server.app, host, unusedMs);
};
const onHost = async (id: string) => {
  const { engine } = berth.server.app.fleet.hosts()[0]?.watch ?? expect.fail('no host');
  const images = await engine.json<{ Id: string }[]>({ method: 'GET', path: '/images/json', query: { all: true } });
  return images.some(({ Id }) => Id === id);
};

describe('an image on a host', () => {
  it('goes when nobody has it any more, and not a moment after that', async () => {
    const id = await imported(red, 'brief');
    await swept(0);
    expect(await onHost(id)).toBe(true);
    expect((await red.call('DELETE', '/images/brief:latest')).status).toBe(200);
    await swept(3_600_000);
    expect(await onHost(id)).toBe(true);
    await swept(0);
    expect(await onHost(id)).toBe(false);
    // It can come again.
    expect(await imported(red, 'brief')).toMatch(/^sha256:/);
  });

  it('stays while another tenant has it', async () => {
    const id = await imported(red, 'common');
    const saved = await red.call('GET', '/images/common:latest/get');
    const loaded = await blue.call('POST', '/images/load', { body: saved.body, headers: { 'Content-Type': 'application/x-tar' } });
    expect(loaded.status, loaded.text).toBe(200);
    await red.call('DELETE', '/images/common:latest');
    await swept(0);
    expect(await onHost(id)).toBe(true);
    await blue.call('DELETE', '/images/common:latest');
    await swept(0);
    await swept(0);
    expect(await onHost(id)).toBe(false);
  });

  it('stays while it is somebody’s again', async () => {
    const id = await imported(red, 'again');
    const saved = await red.call('GET', '/images/again:latest/get');
    await red.call('DELETE', '/images/again:latest');
    await swept(3_600_000);
    await red.call('POST', '/images/load', { body: saved.body, headers: { 'Content-Type': 'application/x-tar' } });
    await swept(0);
    expect(await onHost(id)).toBe(true);
  });
});
