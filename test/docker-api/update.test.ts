import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostList } from '../../src/db/store/host.ts';
import { tenantQuotaSet } from '../../src/db/store/quota.ts';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { type Berth, berthUp, type Tenant, until } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';

const MiB = 1024 ** 2;

let engine: FakeEngine;
let berth: Berth;
let red: Tenant;
let blue: Tenant;

beforeAll(async () => {
  engine = await fakeEngineStart({ memoryBytes: 1024 * MiB });
  berth = await berthUp({ hosts: [{ name: 'one', url: engine.url }] });
  [red, blue] = [berth.tenants.red, berth.tenants.blue] as [Tenant, Tenant];
  const body = Buffer.from(tarOf([{ name: 'a', content: 'a' }]));
  for (const tenant of [red, blue])
    await tenant.call('POST', '/images/create?fromSrc=-&repo=base&tag=latest', { body, headers: { 'Content-Type': 'application/x-tar' } });
});
afterAll(async () => {
  await berth?.stop();
  await engine?.stop();
});

async function running(tenant: Tenant, memory: number): Promise<string> {
  const json = { Image: 'base', Cmd: ['sleep', '600'], HostConfig: { Memory: memory } };
  const { Id } = (await tenant.call('POST', '/v1.47/containers/create', { json })).json;
  expect((await tenant.call('POST', `/v1.47/containers/${Id}/start`)).status).toBe(204);
  return Id;
}
const update = (tenant: Tenant, id: string, json: object) => tenant.call('POST', `/v1.47/containers/${id}/update`, { json });
const memoryOf = async (tenant: Tenant, id: string) => (await tenant.call('GET', `/v1.47/containers/${id}/json`)).json.HostConfig.Memory;
const reserved = async () => (await hostList(berth.server.app.system))[0]?.reservedMemoryBytes;
const gone = (tenant: Tenant, id: string) => tenant.call('DELETE', `/v1.47/containers/${id}?force=1`);

describe('an update', () => {
  it('takes the difference of the host, and gives it back', async () => {
    const id = await running(red, 100 * MiB);
    const before = (await reserved()) as number;
    expect((await update(red, id, { Memory: 300 * MiB })).json).toEqual({ Warnings: null });
    expect(await reserved()).toBe(before + 200 * MiB);
    await update(red, id, { Memory: 50 * MiB });
    expect(await reserved()).toBe(before - 50 * MiB);
    await gone(red, id);
    await until(async () => (await reserved()) === before - 100 * MiB);
  });

  it('takes a limit of cpus away, as far as the quota goes, and sets another', async () => {
    const json = { Image: 'base', Cmd: ['sleep', '600'], HostConfig: { NanoCpus: 500_000_000 } };
    const { Id } = (await red.call('POST', '/v1.47/containers/create', { json })).json;
    await red.call('POST', `/v1.47/containers/${Id}/start`);
    const cpus = async () => (await red.call('GET', `/v1.47/containers/${Id}/json`)).json.HostConfig.NanoCpus;
    const onHost = () => engine.containers.get(Id)?.hostConfig.NanoCpus;
    for (const nothing of [{ NanoCpus: 0 }, { CpuQuota: 0 }]) await update(red, Id, nothing);
    expect([await cpus(), onHost()]).toEqual([500_000_000, 500_000_000]);
    expect((await update(red, Id, { CpuQuota: -1 })).json).toEqual({ Warnings: null });
    // An engine has no way back from a limit to none.
    expect([await cpus(), onHost()]).toEqual([0, 4_000_000_000]);
    await update(red, Id, { Memory: 64 * MiB });
    expect([await cpus(), onHost()]).toEqual([0, 4_000_000_000]);
    await tenantQuotaSet(berth.server.app.system, red.id, { nanoCpus: 1_000_000_000 });
    expect((await update(red, Id, { NanoCpus: 2_000_000_000 })).status).toBe(403);
    await update(red, Id, { NanoCpus: 300_000_000 });
    expect([await cpus(), onHost()]).toEqual([300_000_000, 300_000_000]);
    await tenantQuotaSet(berth.server.app.system, red.id, { nanoCpus: 512_000_000_000 });
    await gone(red, Id);
  });

  it('of one that does not run takes nothing until it starts', async () => {
    const json = { Image: 'base', Cmd: ['sleep', '600'], HostConfig: { Memory: 100 * MiB } };
    const { Id } = (await red.call('POST', '/v1.47/containers/create', { json })).json;
    const before = (await reserved()) as number;
    await update(red, Id, { Memory: 200 * MiB });
    expect(await reserved()).toBe(before);
    await red.call('POST', `/v1.47/containers/${Id}/start`);
    expect(await reserved()).toBe(before + 200 * MiB);
    await gone(red, Id);
    await until(async () => (await reserved()) === before);
  });

  it('of many at once never takes more than the host has', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, () => running(red, 100 * MiB)));
    const statuses = (await Promise.all(ids.map((id) => update(red, id, { Memory: 400 * MiB })))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 200, 503, 503]);
    expect(await reserved()).toBe(1000 * MiB);
    await Promise.all(ids.map((id) => gone(red, id)));
    await until(async () => (await reserved()) === 0);
  });

  it('reaches the engine with what is asked for, and no swap', async () => {
    const id = await running(red, 100 * MiB);
    await update(red, id, { Memory: 64 * MiB, CpuShares: 512, RestartPolicy: { Name: 'always' } });
    const sent = engine.calls.findLast(({ path }) => path.endsWith('/update'))?.body;
    expect(sent).toMatchObject({ Memory: 64 * MiB, MemorySwap: 64 * MiB, CpuShares: 512, RestartPolicy: { Name: 'always' } });
    await gone(red, id);
  });
});

describe('error', () => {
  it('beyond the quota is refused, and less is not', async () => {
    const id = await running(red, 100 * MiB);
    await tenantQuotaSet(berth.server.app.system, red.id, { memoryBytes: 150 * MiB });
    const refused = await update(red, id, { Memory: 200 * MiB });
    expect([refused.status, refused.json.message]).toEqual([403, expect.stringContaining('Quota')]);
    await tenantQuotaSet(berth.server.app.system, red.id, { memoryBytes: 50 * MiB });
    expect((await update(red, id, { Memory: 90 * MiB })).status).toBe(200);
    expect(await memoryOf(red, id)).toBe(90 * MiB);
    await tenantQuotaSet(berth.server.app.system, red.id, { memoryBytes: 2 ** 40 });
    await gone(red, id);
  });

  it('that the engine refuses is taken back, from the row and from the host', async () => {
    const id = await running(red, 100 * MiB);
    const before = await reserved();
    const fault = engine.fault({ kind: 'error', match: `POST /containers/${id}/update`, status: 500, message: 'device or resource busy' });
    expect((await update(red, id, { Memory: 20 * MiB })).status).toBe(502);
    fault.clear();
    expect([await memoryOf(red, id), await reserved()]).toEqual([100 * MiB, before]);
    await gone(red, id);
  });

  it('that is cut short is carried out later', async () => {
    const id = await running(red, 100 * MiB);
    const fault = engine.fault({ kind: 'drop', match: `POST /containers/${id}/update` });
    expect((await update(red, id, { Memory: 80 * MiB })).status).toBe(503);
    fault.clear();
    const has = () => engine.containers.get(id)?.hostConfig.Memory;
    expect(has()).toBe(100 * MiB);
    await until(() => has() === 80 * MiB, 30);
    await gone(red, id);
  });
});

describe('security', () => {
  it('another tenant’s container is not there', async () => {
    const id = await running(red, 100 * MiB);
    expect((await update(blue, id, { Memory: 50 * MiB })).status).toBe(404);
    expect(await memoryOf(red, id)).toBe(100 * MiB);
    await gone(red, id);
  });
});
