import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tokenMint } from '../../src/auth/token.ts';
import { operatorTokenInsert } from '../../src/db/store/credential.ts';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { type Berth, berthUp, type Tenant, until } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';
import { jobCall } from './job-stage.ts';

/** More than two graces of six seconds. */
const longMs = 13_000;

let engines: FakeEngine[];
let berth: Berth;
let red: Tenant;
let v1: ReturnType<typeof jobCall>;
let operator: ReturnType<typeof jobCall>;

beforeAll(async () => {
  engines = [await fakeEngineStart(), await fakeEngineStart()];
  berth = await berthUp({ hosts: engines.map(({ url }, index) => ({ name: `silent-${index}`, url })), tenants: ['red'] });
  red = berth.tenants.red as Tenant;
  const body = Buffer.from(tarOf([{ name: 'a', content: 'a' }]));
  await red.call('POST', '/images/create?fromSrc=-&repo=busybox&tag=latest', { body, headers: { 'Content-Type': 'application/x-tar' } });
  v1 = jobCall(berth, red);
  const { text, hash, prefix } = await tokenMint();
  await operatorTokenInsert(berth.server.app.system, { name: 'operator', hash, prefix, expiresAt: null });
  operator = jobCall(berth, { ...red, token: text });
});
afterAll(async () => {
  await berth?.stop();
  await Promise.all((engines ?? []).map((engine) => engine.stop()));
});

interface Placed extends Record<string, unknown> {
  containerId: string;
  engineId: string;
  hostId: string;
  url: string;
  port: number | null;
}

const placed = (name: string) =>
  berth.server.app.db.execute<Placed>(sql`
    select c.id as "containerId", c.engine_id as "engineId", c.host_id as "hostId", h.url, p.port
    from replica r join deployment d on d.id = r.deployment_id join container c on c.id = r.container_id
      join host h on h.id = c.host_id left join host_port p on p.container_id = c.id
    where d.name = ${name} order by c.id`);

const phaseOf = async (name: string) => (await v1<{ phase: string; reason: string }>('GET', `/v1/deployments/${name}`)).json;

async function deployed(name: string, ports: object[]): Promise<Placed[]> {
  const spec = { image: 'busybox', command: ['sleep', '1000'], replicas: 2, ports, resources: { limits: { memory: '16m' } } };
  const made = await v1('POST', '/v1/deployments', { name, spec });
  expect(made.status, JSON.stringify(made.json)).toBeLessThan(300);
  await until(async () => (await phaseOf(name)).phase === 'ready', 30);
  return [...(await placed(name))];
}

const hostShown = async (id: string) => (await operator<{ state: string; stateDetail: string }>('GET', `/v1/hosts/${id}`)).json;
const engineOf = ({ url }: Placed) => engines.find((engine) => engine.url === url) as FakeEngine;

async function listening(port: number): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {}).end()).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

it('a host whose engine is dead is not lost while a replica on it takes connections, says so, and is lost when none does', async () => {
  const before = await deployed('web', [{ target: 80 }]);
  const one = before[0] as Placed;
  const unpublished = await deployed('worker', []);
  const server = await listening(one.port as number);
  await engineOf(one).die();

  await until(async () => {
    const [row] = await berth.server.app.db.execute<{ ms: number | null }>(
      sql`select extract(epoch from answered_at - seen_at)::float * 1000 as ms from host where id = ${one.hostId}`,
    );
    return (row?.ms ?? 0) > longMs;
  }, 40);
  expect([...(await placed('web')), ...(await placed('worker'))]).toEqual([...before, ...unpublished]);
  expect(await hostShown(one.hostId)).toMatchObject({
    state: 'unreachable',
    stateDetail: expect.stringMatching(/^Its engine has not answered since .* so nothing is moved/),
  });
  expect(await phaseOf('web')).toMatchObject({ phase: 'degraded', reason: expect.stringContaining('whose engine does not answer') });
  expect((await red.call('GET', `/containers/${one.engineId}/json`)).json.State).toMatchObject({ Status: 'unknown', Running: false });

  server.close();
  await until(async () => (await hostShown(one.hostId)).state === 'lost', 30);
  expect((await hostShown(one.hostId)).stateDetail).toContain('made elsewhere');
  for (const name of ['web', 'worker'])
    await until(async () => {
      const now = await placed(name);
      return now.filter(({ hostId }) => hostId !== one.hostId).length === 2;
    }, 30);

  await engineOf(one).revive();
  await until(async () => (await hostShown(one.hostId)).state === 'ready', 30);
  for (const name of ['web', 'worker']) await until(async () => (await phaseOf(name)).phase === 'ready', 30);
  expect((await hostShown(one.hostId)).stateDetail).toBe('');
});

it('a port that refuses is no answer, and a port of a container that no deployment made is nobody’s word', async () => {
  const [one] = await deployed('closed', [{ target: 80 }]);
  const made = await red.call('POST', '/containers/create', {
    json: { Image: 'busybox', Cmd: ['sleep', '1000'], HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '' }] } } },
  });
  expect(made.status, made.text).toBe(201);
  const [free] = await berth.server.app.db.execute<{ hostId: string; port: number; url: string }>(sql`
    select p.host_id as "hostId", p.port, h.url from host_port p join container c on c.id = p.container_id join host h on h.id = p.host_id
    where c.engine_id = ${made.json.Id}`);
  const server = await listening(free?.port ?? 0);
  expect(one).toBeDefined();
  const engine = engines.find(({ url }) => url === free?.url) as FakeEngine;
  await engine.die();
  await until(async () => (await hostShown(free?.hostId ?? '')).state === 'lost', 30);
  server.close();
  await engine.revive();
});
