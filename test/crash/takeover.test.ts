import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { containerCreate } from '../../src/app/container-create.ts';
import { containerFind } from '../../src/app/container-find.ts';
import { containerRemove } from '../../src/app/container-remove.ts';
import { containerRename } from '../../src/app/container-rename.ts';
import { containerStart } from '../../src/app/container-start.ts';
import { networkConnect, networkDisconnect } from '../../src/app/network-connect.ts';
import { networkCreate } from '../../src/app/network-create.ts';
import { networkEngineName } from '../../src/app/network-realize.ts';
import { tenantDeleteStart } from '../../src/app/tenant.ts';
import { tenantScope } from '../../src/db/scope.ts';
import type { RunningApp } from '../../src/runtime/app-node.ts';
import { until } from '../harness.ts';
import { violations } from './invariants.ts';
import { appKill, engineCall, type Stage, stageDatabase, stageUp } from './stage.ts';
import { specOf } from './workload.ts';

let database: Awaited<ReturnType<typeof stageDatabase>>;
let stage: Stage;
const alive = new Set<RunningApp>();

beforeAll(async () => {
  database = await stageDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  stage = await stageUp(database.url);
});
afterEach(async () => {
  for (const running of alive) await running.stop();
  alive.clear();
  await stage.close();
});

async function appUp(step?: (name: string) => Promise<void>): Promise<RunningApp> {
  const running = await stage.appUp(step);
  alive.add(running);
  await stage.appReady(running);
  return running;
}

async function killed(running: RunningApp): Promise<void> {
  alive.delete(running);
  await appKill(running);
}

/** Dies at the n-th time that it comes to `step`. */
async function doomedUp(step: string, occurrence = 1): Promise<{ running: RunningApp; death: Promise<void> }> {
  const { promise: death, resolve } = Promise.withResolvers<void>();
  let left = occurrence;
  const running = await appUp(async (name) => {
    if (name !== step || --left > 0) return;
    killed(running).then(resolve);
    await new Promise<never>(() => undefined);
  });
  return { running, death };
}

async function broken(): Promise<string[]> {
  const hosts = await stage.sql<{ id: string; url: string }[]>`select id, url from host`;
  return violations(
    stage.sql,
    hosts.map(({ id, url }) => ({ hostId: id, url })),
  );
}

/** Everything on the engines, with its state. */
async function onEngines(): Promise<string[]> {
  const lists = await Promise.all(
    stage.engines.map((engine) => engineCall<{ Id: string; State: string }[]>(engine, 'GET', '/containers/json?all=true')),
  );
  return lists
    .flat()
    .map(({ Id, State }) => `${Id} ${State}`)
    .sort();
}

async function containersStart(running: RunningApp, tenantId: string, names: string[], body: object): Promise<void> {
  const scope = tenantScope(running.app.db, tenantId);
  for (const name of names) await containerStart(running.app, await containerCreate(running.app, scope, specOf(name, body)), {});
}

describe('an installation with an empty database', () => {
  it('leaves alone what others run on its hosts, and says how many carry our label', async () => {
    const before = await appUp();
    await containersStart(before, stage.tenantIds[0] ?? '', ['aa', 'bb', 'cc'], { Cmd: ['top'] });
    alive.delete(before);
    await before.stop();
    await stage.begin();
    const there = await onEngines();
    expect(there.length).toBe(9);
    stage.log.length = 0;
    const running = await appUp();
    // One of another installation was on each engine from the start, and the three of the forgotten one are spread over them.
    await until(() => stage.log.filter((line) => line.includes('are left alone') && line.includes('"count":2')).length === 3);
    alive.delete(running);
    await running.stop();
    expect(await onEngines()).toEqual(there);
  });
});

describe('one process beside another', () => {
  it('keeps its hosts when it is killed: ended containers are removed and their share is given back', async () => {
    const keeper = await appUp();
    await until(() => keeper.app.fleet.hosts().every((host) => host.keeps));
    const other = await appUp();
    await killed(keeper);
    await containersStart(other, stage.tenantIds[0] ?? '', ['brief'], { Cmd: ['sh', '-c', 'sleep 0.1'] });
    await containersStart(other, stage.tenantIds[0] ?? '', ['gone'], { Cmd: ['sh', '-c', 'sleep 0.1'], HostConfig: { AutoRemove: true } });
    await until(
      async () => (await broken()).length === 0 && [...other.app.directory.containers.all()].map((row) => row.name).join() === 'brief',
    );
  });

  it('removes what a dead process still makes when it is buried already', async () => {
    for (const engine of stage.engines) engine.fault({ match: 'POST /containers/create', kind: 'slow', ms: 4_000 });
    const { running, death } = await doomedUp('create:intent');
    const survivor = await appUp();
    const scope = tenantScope(running.app.db, stage.tenantIds[0] ?? '');
    // The step is behind the intent; the call that takes its time is made by hand, as if the process had died one line later.
    void containerCreate(running.app, scope, specOf('late', { Cmd: ['top'] })).catch(() => undefined);
    await death;
    const [row] = await stage.sql<{ id: string; tenant_id: string; host_id: string }[]>`select id, tenant_id, host_id from container`;
    const [installation] = await stage.sql<{ id: string }[]>`select id from installation`;
    const host = survivor.app.fleet.host(row?.host_id ?? '');
    const labels = { 'io.berth.installation': installation?.id, 'io.berth.tenant': row?.tenant_id, 'io.berth.container': row?.id };
    const made = engineCall<{ Id: string }>({ url: host?.row.url ?? '' }, 'POST', `/containers/create?name=berth-${row?.id}`, {
      Image: 'busybox',
      Cmd: ['top'],
      Labels: labels,
    });
    await until(async () => (await stage.sql`select from container where state = 'removed'`).length === 1);
    const { Id } = await made;
    await until(async () => !(await onEngines()).some((line) => line.startsWith(Id)));
    expect(await broken()).toEqual([]);
  });
});

describe('a removal', () => {
  const volumes = async () => (await stage.sql<{ name: string }[]>`select name from volume`).length;

  it('is one as soon as the engine has the container no more: what fails after that is done later', async () => {
    const { app } = await appUp();
    const scope = tenantScope(app.db, stage.tenantIds[0] ?? '');
    const row = await containerCreate(app, scope, specOf('aa', { Volumes: { '/v': {} } }));
    expect(await volumes()).toBe(1);
    for (const engine of stage.engines) engine.fault({ match: 'GET /volumes', kind: 'error', times: 1 });
    await containerRemove(app, scope, row, { force: true, volumes: true });
    await until(async () => (await volumes()) === 0);
    for (const engine of stage.engines) engine.faultsClear();
    expect(await broken()).toEqual([]);
  });

  it('past Berth, on the engine itself, takes the rows of what went with it', async () => {
    const { app } = await appUp();
    const scope = tenantScope(app.db, stage.tenantIds[0] ?? '');
    const { engineId, hostId } = await containerCreate(app, scope, specOf('aa', { Volumes: { '/v': {} } }));
    await engineCall({ url: app.fleet.host(hostId)?.row.url ?? '' }, 'DELETE', `/containers/${engineId}?v=1`);
    await until(async () => (await volumes()) === 0);
    await until(async () => (await broken()).length === 0);
  });
});

describe('a change of the networks of a container', () => {
  const endpoint = { network: 'back', aliases: ['web'], links: [], ipv4: null, ipv6: null };
  /** The network that its container is to be connected to, and what the row and the engine say of it. */
  async function backMake(maker: RunningApp) {
    const tenantId = stage.tenantIds[0] ?? '';
    const scope = tenantScope(maker.app.db, tenantId);
    const network = await networkCreate(maker.app, scope, { name: 'back', internal: false, labels: {} });
    await containersStart(maker, tenantId, ['aa'], { Cmd: ['top'] });
    const [container] = await stage.sql<{ engine_id: string; url: string }[]>`
      select engine_id, url from container c join host h on h.id = c.host_id where c.name = 'aa'`;
    const says = async (name = 'aa') => {
      const [row] = await stage.sql<{ names: string[]; process_id: string | null }[]>`
        select jsonb_path_query_array(spec, '$.network.endpoints[*].network') as names, process_id from container where name = ${name}`;
      const path = `/containers/${container?.engine_id}/json`;
      const { NetworkSettings } = await engineCall<{ NetworkSettings: { Networks: Record<string, { Aliases: string[] }> } }>(
        { url: container?.url ?? '' },
        'GET',
        path,
      );
      const joined = NetworkSettings.Networks[networkEngineName(network.id)];
      return { row: row?.names.includes('back'), settled: row?.process_id === null, engine: joined?.Aliases.includes('web') ?? false };
    };
    return { scope, network, says };
  }

  it.each([
    ['connect:intent', false],
    ['connect:engine', true],
  ])('that is cut short at %s is settled: the engine has what the row says', async (step, told) => {
    const { running, death } = await doomedUp(step);
    const { scope, network, says } = await backMake(running);
    void networkConnect(running.app, scope, network, 'aa', endpoint).catch(() => undefined);
    await death;
    expect(await says()).toEqual({ row: true, settled: false, engine: told });
    await appUp();
    await until(async () => JSON.stringify(await says()) === JSON.stringify({ row: true, settled: true, engine: true }));
    expect(await broken()).toEqual([]);
  });

  it('that takes it off one is settled likewise', async () => {
    const maker = await appUp();
    const { scope, network, says } = await backMake(maker);
    await networkConnect(maker.app, scope, network, 'aa', endpoint);
    const { running, death } = await doomedUp('connect:intent');
    void networkDisconnect(running.app, tenantScope(running.app.db, scope.tenantId), network, 'aa', false).catch(() => undefined);
    await death;
    await until(async () => JSON.stringify(await says()) === JSON.stringify({ row: false, settled: true, engine: false }));
  });

  it('that its engine refuses when it is settled is dropped, since no client was told of it', async () => {
    const { running, death } = await doomedUp('connect:intent');
    const { scope, network, says } = await backMake(running);
    void networkConnect(running.app, scope, network, 'aa', endpoint).catch(() => undefined);
    await death;
    for (const engine of stage.engines) engine.fault({ match: 'POST /networks/*/connect', kind: 'error', status: 403, message: 'no' });
    await appUp();
    await until(async () => JSON.stringify(await says()) === JSON.stringify({ row: false, settled: true, engine: false }));
    expect(await broken()).toEqual([]);
  });

  it('is a promise once it is answered: a rename that is cut short between leaving and joining joins again, however often it is refused', async () => {
    const [one, other] = [await appUp(), await appUp()];
    const { scope, network, says } = await backMake(one);
    await networkConnect(one.app, scope, network, 'aa', endpoint);
    for (const engine of stage.engines)
      engine.fault({ match: 'POST /networks/*/connect', kind: 'error', status: 500, message: 'no', times: 3 });
    const row = await containerFind(one.app, scope, 'aa');
    await expect(containerRename(one.app, scope, row, 'bb')).rejects.toThrow();
    await killed(one);
    await until(async () => JSON.stringify(await says('bb')) === JSON.stringify({ row: true, settled: true, engine: true }));
    expect(await broken()).toEqual([]);
    expect(other.app.directory.containerByEngineId(row.engineId)?.spec.network).toMatchObject({
      endpoints: [{ network: 'bridge' }, { network: 'back' }],
    });
  });

  it('that its engine carries out when nobody waits for it any more is mended: the row says which networks it has', async () => {
    const maker = await appUp();
    const { scope, network, says } = await backMake(maker);
    await networkConnect(maker.app, scope, network, 'aa', endpoint);
    const { engineId, hostId } = await containerFind(maker.app, scope, 'aa');
    // As a disconnect would that was begun before the container was connected again.
    const path = `/networks/${networkEngineName(network.id)}/disconnect`;
    await engineCall({ url: maker.app.fleet.host(hostId)?.row.url ?? '' }, 'POST', path, { Container: engineId, Force: false });
    expect(await says()).toEqual({ row: true, settled: true, engine: false });
    await until(async () => JSON.stringify(await says()) === JSON.stringify({ row: true, settled: true, engine: true }));
    expect(await broken()).toEqual([]);
  });

  it('is made once when it is asked for twice at once, and taken back when its engine refuses', async () => {
    const [one, other] = [await appUp(), await appUp()];
    const { scope, network, says } = await backMake(one);
    const scopes = [scope, tenantScope(other.app.db, scope.tenantId)];
    const results = await Promise.allSettled(
      [one, other].map(({ app }, index) => networkConnect(app, scopes[index] as typeof scope, network, 'aa', endpoint)),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(String(results.find(({ status }) => status === 'rejected')?.['reason' as never])).toContain('already exists in network back');
    expect(await says()).toEqual({ row: true, settled: true, engine: true });
    await networkDisconnect(one.app, scope, network, 'aa', false);
    for (const engine of stage.engines) engine.fault({ match: 'POST /networks/*/connect', kind: 'error', status: 403, message: 'no' });
    await expect(networkConnect(one.app, scope, network, 'aa', endpoint)).rejects.toThrow();
    expect(await says()).toEqual({ row: false, settled: true, engine: false });
  });
});

describe('the deletion of a tenant', () => {
  it.each([
    ['remove:intent', 1],
    ['remove:engine', 2],
    ['remove:done', 3],
  ])('goes on after a process died at %s, to the last container, volume, network and row', async (step, occurrence) => {
    const [red = '', blue = ''] = stage.tenantIds;
    const maker = await appUp();
    const scope = tenantScope(maker.app.db, red);
    await networkCreate(maker.app, scope, { name: 'back', internal: false, labels: {} });
    await containersStart(maker, red, ['aa', 'bb'], { Cmd: ['top'], Volumes: { '/data': {} } });
    await containersStart(maker, red, ['cc'], {
      Cmd: ['top'],
      HostConfig: { NetworkMode: 'back', Binds: ['kept:/kept'] },
      NetworkingConfig: { EndpointsConfig: { back: {} } },
    });
    await containersStart(maker, blue, ['aa'], { Cmd: ['top'] });
    alive.delete(maker);
    await maker.stop();

    const { running, death } = await doomedUp(step, occurrence);
    await tenantDeleteStart(running.app, red);
    await death;
    await appUp();
    await until(async () => (await stage.sql`select from tenant where id = ${red}`).length === 0);
    expect(await broken()).toEqual([]);
    for (const table of ['container', 'network', 'volume', 'placement_group', 'image_grant', 'image_reference']) {
      expect(await stage.sql`select from ${stage.sql(table)} where tenant_id = ${red}`, table).toHaveLength(0);
    }
    // A create of it that took effect even now would still find its tombstone.
    expect(await stage.sql`select from tombstone`).toHaveLength(3);
    const left = await stage.sql<{ name: string }[]>`select name from container where state <> 'removed'`;
    expect(left.map(({ name }) => name)).toEqual(['aa']);
  });
});
