import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { type Berth, berthUp, type Tenant, until } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';
import { jobCall, type RunRead } from './job-stage.ts';

interface JobRead {
  id: string;
  state: string;
  nextAt: string | null;
  note: string;
  lastRun: number;
}

let engines: FakeEngine[];
let berth: Berth;
let v1: ReturnType<typeof jobCall>;
let other: ReturnType<typeof jobCall>;

beforeAll(async () => {
  engines = [await fakeEngineStart(), await fakeEngineStart()];
  berth = await berthUp({ hosts: engines.map(({ url }, index) => ({ name: `jobs-${index}`, url })), tenants: ['red', 'blue'] });
  const body = Buffer.from(tarOf([{ name: 'a', content: 'a' }]));
  await berth.tenants.red?.call('POST', '/images/create?fromSrc=-&repo=busybox&tag=latest', {
    body,
    headers: { 'Content-Type': 'application/x-tar' },
  });
  v1 = jobCall(berth, berth.tenants.red as Tenant);
  other = jobCall(berth, berth.tenants.blue as Tenant);
});
afterAll(async () => {
  await berth?.stop();
  await Promise.all((engines ?? []).map((engine) => engine.stop()));
});

const spec = (...args: string[]) => ({ image: 'busybox', args });
const make = async (name: string, args: string[], settings: object = {}) => {
  const { status, json } = await v1<JobRead>('POST', '/v1/jobs', { name, spec: spec(...args), ...settings });
  expect(status, JSON.stringify(json)).toBe(201);
  return json;
};
const read = async (name: string) => (await v1<JobRead>('GET', `/v1/jobs/${name}`)).json;
const runs = async (name: string) => (await v1<{ items: RunRead[] }>('GET', `/v1/jobs/${name}/runs`)).json.items;
/** As if Berth had been down since then. */
const dueSince = (id: string, hours: number) =>
  berth.server.app.db.execute(
    sql`update job set next_at = now() - make_interval(hours => ${hours}), wake_at = now(), version = version + 1 where id = ${id}`,
  );

describe('a schedule', () => {
  it('makes one run for the moments that were missed, and knows its next one', async () => {
    const before = Date.now();
    const { id, nextAt } = await make('minutely', ['true'], { schedule: '* * * * *' });
    expect(Date.parse(nextAt ?? '')).toBeGreaterThan(before);
    await v1('POST', '/v1/jobs/minutely/suspend');
    await v1('POST', '/v1/jobs/minutely/resume');
    await dueSince(id, 3);
    await until(async () => (await runs('minutely'))[0]?.state === 'succeeded');
    const made = await runs('minutely');
    expect(made.filter(({ trigger }) => trigger === 'schedule').length).toBeLessThanOrEqual(2);
    await until(async () => Date.parse((await read('minutely')).nextAt ?? '') > before);
    expect((await v1<JobRead>('POST', '/v1/jobs/minutely/suspend')).json).toMatchObject({ state: 'suspended', nextAt: null });
  });

  it('leaves a run out while another goes on that forbids it, and says so', async () => {
    const { id } = await make('alone', ['sleep', '1000'], { schedule: '0 0 1 1 *' });
    await v1('POST', '/v1/jobs/alone/run');
    await until(async () => (await runs('alone'))[0]?.state === 'running');
    await dueSince(id, 1);
    await until(async () => (await read('alone')).note.endsWith('was left out: run 1 went on'));
    expect((await read('alone')).lastRun).toBe(1);
    expect(await v1('POST', '/v1/jobs/alone/run')).toMatchObject({ status: 409 });
  });
});

describe('a run', () => {
  it('is made once, however often its request is sent', async () => {
    await make('once', ['true'], { concurrency: 'allow' });
    const headers = { 'idempotency-key': 'the-same' };
    const [first, second] = [
      await v1<RunRead>('POST', '/v1/jobs/once/run', undefined, headers),
      await v1<RunRead>('POST', '/v1/jobs/once/run', undefined, headers),
    ];
    expect(second.json.id).toBe(first.json.id);
    expect((await read('once')).lastRun).toBe(1);
  });

  it('goes with its container when newer ones have ended', async () => {
    await make('tidy', ['true'], { keep: 1 });
    for (const number of [1, 2]) {
      await v1('POST', '/v1/jobs/tidy/run');
      await until(async () => (await runs('tidy')).some((run) => run.number === number && run.state === 'succeeded'));
    }
    await until(async () => (await runs('tidy')).length === 1);
    const { json } = await (berth.tenants.red as Tenant).call('GET', '/containers/json?all=1&filters={"name":["^/tidy"]}');
    expect(json).toHaveLength(1);
  });

  it('is tried again on another host when its own is lost', async () => {
    await make('moved', ['sleep', '1000'], { retries: 1 });
    await v1('POST', '/v1/jobs/moved/run');
    await until(async () => (await runs('moved'))[0]?.state === 'running' && (await runs('moved'))[0]?.containerId !== null);
    const { directory, fleet } = berth.server.app;
    const hostOf = async () => directory.containerByEngineId((await runs('moved'))[0]?.containerId ?? '')?.hostId;
    const before = await hostOf();
    const url = fleet.host(before ?? '')?.row.url;
    const engine = engines.find((one) => one.url === url) as FakeEngine;
    engine.cut();
    await until(async () => (await runs('moved'))[0]?.attempt === 2 && (await runs('moved'))[0]?.state === 'running', 25);
    expect((await runs('moved'))[0]?.reason).toBe('attempt 1 of 2: its host was lost');
    await until(async () => ![undefined, before].includes(await hostOf()));
    engine.heal();
  });
});

/** What the container of a run that goes on was made with, as its engine has it. */
const madeWith = async (name: string, number: number) => {
  const id = (await runs(name)).find((run) => run.number === number)?.containerId ?? '';
  const { json } = await (berth.tenants.red as Tenant).call('GET', `/containers/${id}/json`);
  return json?.State?.Running ? json.Config.Cmd : undefined;
};
const kill = async (containerId: string | null | undefined) =>
  expect(await (berth.tenants.red as Tenant).call('POST', `/containers/${containerId}/kill`)).toMatchObject({ status: 204 });

describe('a change of a job', () => {
  it('is for the runs to come: one that goes on keeps what it was made with, through its retries too', async () => {
    await make('changing', ['sleep', '1000'], { retries: 1, concurrency: 'allow' });
    await v1('POST', '/v1/jobs/changing/run');
    await until(async () => (await madeWith('changing', 1)) !== undefined);
    const { json } = await v1<JobRead & { retries: number; version: number }>('PATCH', '/v1/jobs/changing', {
      retries: 0,
      spec: spec('sleep', '2000'),
    });
    expect(json).toMatchObject({ retries: 0, version: 2, spec: { args: ['sleep', '2000'] } });
    const [first] = await runs('changing');
    await kill(first?.containerId);
    await until(async () => {
      const [run] = await runs('changing');
      return run?.attempt === 2 && run.state === 'running' && run.containerId !== null && run.containerId !== first?.containerId;
    });
    await until(async () => (await madeWith('changing', 1)) !== undefined);
    expect(await madeWith('changing', 1)).toEqual(['sleep', '1000']);
    await v1('POST', '/v1/jobs/changing/run');
    await until(async () => (await madeWith('changing', 2)) !== undefined);
    expect(await madeWith('changing', 2)).toEqual(['sleep', '2000']);
    const second = (await runs('changing'))[0];
    await kill(second?.containerId);
    await until(async () => (await runs('changing'))[0]?.state === 'failed');
    expect((await runs('changing'))[0]?.reason).toBe('it exited with code 137');
  });

  it('of a part leaves the rest, and of all takes what is not said as for a new one', async () => {
    const before = await make('partly', ['true'], { schedule: '0 0 1 1 *', retries: 3, timeout: '10m' });
    const kept = (await v1<JobRead>('PATCH', '/v1/jobs/partly', { retries: 4 })).json;
    expect(kept).toMatchObject({ schedule: '0 0 1 1 *', retries: 4, timeout: '10m', nextAt: before.nextAt });
    expect((await v1<JobRead>('PATCH', '/v1/jobs/partly', { schedule: '0 0 2 1 *' })).json.nextAt).toMatch(/-01-02T00:00:00/);
    await v1('POST', '/v1/jobs/partly/suspend');
    expect((await v1<JobRead>('PATCH', '/v1/jobs/partly', { schedule: '0 0 3 1 *' })).json).toMatchObject({ nextAt: null });
    expect((await v1<JobRead>('POST', '/v1/jobs/partly/resume')).json.nextAt).toMatch(/-01-03T00:00:00/);
    const whole = (await v1('PUT', '/v1/jobs/partly', { spec: spec('false') })).json;
    expect(whole).toMatchObject({ schedule: null, nextAt: null, retries: 0, timeout: null, spec: { args: ['false'] } });
  });

  it('that is based on another version is refused, and changes nothing', async () => {
    await make('raced', ['true']);
    const { status, json } = await v1('PATCH', '/v1/jobs/raced', { retries: 1 }, { 'if-match': '"1"' });
    expect(status, JSON.stringify(json)).toBe(200);
    const stale = await v1('PATCH', '/v1/jobs/raced', { retries: 2 }, { 'if-match': '"1"' });
    expect(stale).toMatchObject({ status: 412, json: { detail: expect.stringContaining('it is at version 2') } });
    // A run is no change of the job.
    await v1('POST', '/v1/jobs/raced/run');
    expect(await v1('PUT', '/v1/jobs/raced', { spec: spec('true') }, { 'if-match': '"2"' })).toMatchObject({ status: 200 });
    expect((await v1<{ retries: number }>('GET', '/v1/jobs/raced')).json.retries).toBe(0);
  });
});

describe('the placement of a job', () => {
  it('keeps its runs to the hosts that meet it', async () => {
    const { app } = berth.server;
    await app.db.execute(sql`update host set labels = '{"zone": "far"}' where name = 'jobs-1'`);
    await app.fleet.reload();
    await make('placed', ['sleep', '1000'], {
      concurrency: 'allow',
      spec: { ...spec('sleep', '1000'), placement: { constraints: ['host.labels.zone==far'] } },
    });
    for (const number of [1, 2, 3]) {
      await v1('POST', '/v1/jobs/placed/run');
      await until(async () => (await madeWith('placed', number)) !== undefined);
    }
    const hosts = (await runs('placed')).map(({ containerId }) => app.directory.containerByEngineId(containerId ?? '')?.hostId);
    expect(new Set(hosts.map((id) => app.fleet.host(id ?? '')?.row.name))).toEqual(new Set(['jobs-1']));
    const nowhere = { ...spec('true'), placement: { constraints: ['host.labels.zone==nowhere'] } };
    expect(await v1('POST', '/v1/jobs', { name: 'nowhere', spec: nowhere })).toMatchObject({
      status: 422,
      json: { detail: expect.stringContaining('no host of this fleet meets') },
    });
  });
});

describe('what cannot be a job', () => {
  it('is refused with the field', async () => {
    const asked = async (body: object) => {
      const { status, json } = await v1<{ detail: string }>('POST', '/v1/jobs', { name: 'bad', spec: spec('true'), ...body });
      return `${status} ${JSON.stringify(json)}`;
    };
    expect(await asked({ schedule: 'now and then' })).toMatch(/^400 .*schedule: must be the five fields/);
    expect(await asked({ schedule: '0 0 30 2 *' })).toMatch(/^422 .*no day ever meets/);
    expect(await asked({ timeout: '10' })).toMatch(/^400 .*timeout/);
    expect(await asked({ spec: { ...spec('true'), replicas: 2 } })).toMatch(/^403 .*replicas is not allowed/);
    expect(await asked({ spec: { ...spec('true'), ports: [{ target: 80 }] } })).toMatch(/^403 .*ports is not allowed: a run ends/);
    expect(await asked({ spec: { ...spec('true'), secrets: [{ secret: 'nosuch' }] } })).toMatch(/^422 .*you have no secret/);
    expect(await asked({ spec: { ...spec('true'), networks: [{ name: 'nowhere' }] } })).toMatch(/^422 .*no network/);
    expect(await asked({ name: 'alone' })).toMatch(/^409 /);
  });

  it("is another tenant's", async () => {
    for (const path of ['', '/runs', '/runs/1']) expect((await other('GET', `/v1/jobs/alone${path}`)).status).toBe(404);
    expect((await other('POST', '/v1/jobs/alone/run')).status).toBe(404);
    expect((await other('DELETE', '/v1/jobs/alone')).status).toBe(404);
    expect((await other('PATCH', '/v1/jobs/alone', { retries: 1 })).status).toBe(404);
    expect((await other('PUT', '/v1/jobs/alone', { spec: spec('true') })).status).toBe(404);
    expect((await other<{ items: [] }>('GET', '/v1/jobs')).json.items).toEqual([]);
  });
});
