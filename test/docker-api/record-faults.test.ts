import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobCall } from '../deployments/job-stage.ts';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { type Berth, berthUp, type Tenant, until } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';

let engine: FakeEngine;
let berth: Berth;
let red: Tenant;

beforeAll(async () => {
  engine = await fakeEngineStart();
  berth = await berthUp({ hosts: [{ name: 'one', url: engine.url }], tenants: ['red'] });
  red = berth.tenants.red as Tenant;
  const body = Buffer.from(tarOf([{ name: 'a', content: 'a' }]));
  await red.call('POST', '/images/create?fromSrc=-&repo=base&tag=latest', { body, headers: { 'Content-Type': 'application/x-tar' } });
});
afterAll(async () => {
  await berth?.stop();
  await engine?.stop();
});

const recordsOf = async (name: string) =>
  (await jobCall(berth, red)<{ items: { log: object | null }[] }>('GET', `/v1/records?name=${name}`)).json.items;

async function ran(name: string): Promise<string> {
  const { json } = await red.call('POST', `/containers/create?name=${name}`, { json: { Image: 'base', Cmd: ['sleep', '1000'] } });
  expect((await red.call('POST', `/containers/${json.Id}/start`)).status).toBe(204);
  return json.Id;
}

describe('the record of a container', () => {
  it('is not there when its engine would not remove it, and is when it did', async () => {
    const id = await ran('stuck');
    const { clear } = engine.fault({ match: 'DELETE /containers/*', kind: 'error', message: 'device or resource busy' });
    expect((await red.call('DELETE', `/containers/${id}?force=1`)).status).toBeGreaterThanOrEqual(500);
    expect((await red.call('GET', `/containers/${id}/json`)).status).toBe(200);
    expect(await recordsOf('stuck')).toEqual([]);
    expect([...berth.blobs.held.keys()]).toEqual([]);
    clear();
    expect((await red.call('DELETE', `/containers/${id}?force=1`)).status).toBe(204);
    expect(await recordsOf('stuck')).toHaveLength(1);
  });

  it('has no log while its host is away, and has it when it is back', async () => {
    const id = await ran('away');
    await engine.die();
    await until(() => berth.server.app.fleet.hosts().every((host) => !host.watch.live), 30);
    expect((await red.call('DELETE', `/containers/${id}?force=1`)).status).toBe(204);
    expect(await recordsOf('away')).toMatchObject([{ log: null }]);
    await engine.revive();
    await until(async () => (await recordsOf('away'))[0]?.log !== null, 30);
    expect(await recordsOf('away')).toHaveLength(1);
  });
});
