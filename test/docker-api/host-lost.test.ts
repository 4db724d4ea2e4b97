import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostUpdate } from '../../src/db/store/host.ts';
import { engineCall } from '../crash/stage.ts';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { type Berth, berthUp, type Tenant, until } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';

let engines: FakeEngine[];
let berth: Berth;
let red: Tenant;

beforeAll(async () => {
  engines = [await fakeEngineStart(), await fakeEngineStart()];
  berth = await berthUp({ hosts: engines.map(({ url }, index) => ({ name: `lost-${index}`, url })), tenants: ['red'] });
  red = berth.tenants.red as Tenant;
  const body = Buffer.from(tarOf([{ name: 'a', content: 'a' }]));
  const headers = { 'Content-Type': 'application/x-tar' };
  await red.call('POST', '/images/create?fromSrc=-&repo=busybox&tag=latest', { body, headers });
  // An image is brought to a host with its first container there, and so has to be on both before one is lost.
  const { app } = berth.server;
  for (const host of app.fleet.hosts()) {
    await hostUpdate(app.system, host.row.id, { cordoned: true });
    await until(() => hostState(host.row.id)?.row.cordoned === true);
    expect(
      await asked('POST', '/containers/create?name=first', { Image: 'busybox', Cmd: ['true'], HostConfig: { NetworkMode: 'none' } }),
    ).toMatch(/^201/);
    expect(await asked('DELETE', '/containers/first')).toMatch(/^204/);
    await hostUpdate(app.system, host.row.id, { cordoned: false });
    await until(() => hostState(host.row.id)?.row.cordoned === false);
  }
});
afterAll(async () => {
  await berth?.stop();
  await Promise.all((engines ?? []).map((engine) => engine.stop()));
});

const asked = async (method: string, path: string, json?: unknown) => {
  const { status, text } = await red.call(method, `/v1.47${path}`, json === undefined ? {} : { json });
  return `${status} ${text}`;
};

/** An application of one container with a network and a volume; its host, and that one's engine. */
async function appMake(): Promise<{ hostId: string; engine: FakeEngine }> {
  expect(await asked('POST', '/networks/create', { Name: 'front' })).toMatch(/^201/);
  expect(await asked('POST', '/volumes/create', { Name: 'data' })).toMatch(/^201/);
  const body = { Image: 'busybox', Cmd: ['sleep', '1000'], HostConfig: { NetworkMode: 'front', Binds: ['data:/data'] } };
  const made = await red.call('POST', '/v1.47/containers/create?name=web', { json: body });
  expect(made.status, made.text).toBe(201);
  expect(await asked('POST', '/containers/web/start')).toMatch(/^204/);
  const { directory, fleet } = berth.server.app;
  const hostId = directory.containerByEngineId(made.json.Id)?.hostId ?? '';
  const url = fleet.host(hostId)?.row.url;
  return { hostId, engine: engines.find((one) => one.url === url) as FakeEngine };
}

/** How many containers, networks and volumes of ours an engine has. */
async function left(engine: FakeEngine): Promise<number> {
  const containers = await engineCall<object[]>(engine, 'GET', '/containers/json?all=true');
  const networks = await engineCall<{ Name: string }[]>(engine, 'GET', '/networks');
  const { Volumes } = await engineCall<{ Volumes: object[] | null }>(engine, 'GET', '/volumes');
  return containers.length + networks.filter(({ Name }) => Name.startsWith('berth-')).length + (Volumes ?? []).length;
}

const hostState = (hostId: string) => berth.server.app.fleet.host(hostId);

describe('on a host that is lost', () => {
  it('what is in use stays; then the names are free, the next of that name is elsewhere, and what was there goes when it is back', async () => {
    const first = await appMake();
    first.engine.cut();
    await until(() => hostState(first.hostId)?.row.state === 'lost', 30);
    expect(await asked('DELETE', '/networks/front')).toMatch(/^403 .*active endpoints/);
    expect(await asked('DELETE', '/volumes/data?force=1')).toMatch(/^409 .*in use/);
    expect(await asked('DELETE', '/containers/web?force=1')).toMatch(/^204/);
    expect(await asked('DELETE', '/volumes/data')).toMatch(/^503 .*--force/);
    expect(await asked('DELETE', '/volumes/data?force=1')).toMatch(/^204/);
    expect(await asked('DELETE', '/networks/front')).toMatch(/^204/);

    const second = await appMake();
    expect(second.hostId).not.toBe(first.hostId);
    first.engine.heal();
    await until(async () => (await left(first.engine)) === 0, 30);
    expect(await left(second.engine)).toBe(3);
    expect(await asked('DELETE', '/containers/web?force=1')).toMatch(/^204/);
    expect(await asked('DELETE', '/networks/front')).toMatch(/^204/);
    expect(await asked('DELETE', '/volumes/data')).toMatch(/^204/);
    await until(() => hostState(first.hostId)?.row.state === 'ready');
  });
});

describe('on a host that does not answer and is not lost', () => {
  it('nothing is removed unless that is forced', async () => {
    const { hostId, engine } = await appMake();
    // One in maintenance is not given up.
    await hostUpdate(berth.server.app.system, hostId, { upkeep: 'maintenance' });
    await until(() => hostState(hostId)?.row.upkeep === 'maintenance');
    engine.cut();
    await until(() => hostState(hostId)?.watch.live === false);
    expect(await asked('DELETE', '/containers/web?force=1')).toMatch(/^204/);
    expect(await asked('DELETE', '/networks/front')).toMatch(/^503 .*Try again/);
    expect(await asked('DELETE', '/volumes/data')).toMatch(/^503 .*--force/);
    expect(await asked('GET', '/networks/front')).toMatch(/"Name":"front"/);
    expect(await asked('GET', '/volumes/data')).toMatch(/^200/);
    engine.heal();
    await until(async () => (await left(engine)) === 2, 30);
    await until(async () => (await asked('DELETE', '/networks/front')).startsWith('204'), 30);
    expect(await asked('DELETE', '/volumes/data')).toMatch(/^204/);
    await until(async () => (await left(engine)) === 0);
  });
});
