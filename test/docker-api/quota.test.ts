import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tokenMint } from '../../src/auth/token.ts';
import { operatorTokenInsert } from '../../src/db/store/credential.ts';
import { type Quota, quotaDefaults } from '../../src/domain/quota.ts';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { type Berth, berthUp, type Tenant, until } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';

const MiB = 1024 ** 2;

let engine: FakeEngine;
let berth: Berth;
let red: Tenant;
let blue: Tenant;
let operator: string;

beforeAll(async () => {
  engine = await fakeEngineStart();
  berth = await berthUp({ hosts: [{ name: 'one', url: engine.url }] });
  [red, blue] = [berth.tenants.red, berth.tenants.blue] as [Tenant, Tenant];
  const { text, hash, prefix } = await tokenMint();
  operator = text;
  await operatorTokenInsert(berth.server.app.system, { name: 'operator', hash, prefix, expiresAt: null });
  const rootFs = Buffer.from(tarOf([{ name: 'a', content: 'a' }]));
  for (const tenant of [red, blue]) {
    const loaded = await tenant.call('POST', '/images/create?fromSrc=-&repo=base&tag=latest', {
      body: rootFs,
      headers: { 'Content-Type': 'application/x-tar' },
    });
    expect(loaded.status, loaded.text).toBe(200);
  }
});
afterAll(async () => {
  await berth?.stop();
  await engine?.stop();
});
afterEach(() => quotaSet(quotaDefaults));

async function rest(token: string, method: string, path: string, json?: object) {
  return fetch(`http://127.0.0.1:${berth.server.httpPort}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(json && { 'content-type': 'application/json' }) },
    body: json && JSON.stringify(json),
  });
}

/** Red's. From the answer on it holds. */
async function quotaSet(quota: Partial<Quota>): Promise<void> {
  const reply = await rest(operator, 'PATCH', `/v1/tenants/${red.id}`, { quota });
  expect(reply.status, await reply.clone().text()).toBe(200);
}

async function used(): Promise<Quota> {
  const reply = await rest(red.token, 'GET', `/v1/tenants/${red.id}/usage`);
  expect(reply.status, await reply.clone().text()).toBe(200);
  return ((await reply.json()) as { used: Quota }).used;
}

/** Answers of 429 that this server counted, by face. */
async function limited(): Promise<{ docker: number; rest: number }> {
  const text = await (await rest(operator, 'GET', '/metrics')).text();
  const of = (face: string) =>
    [...text.matchAll(new RegExp(`^berth_requests_total\\{[^}]*face="${face}"[^}]*status="429"[^}]*\\} (\\d+)`, 'gm'))].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  return { docker: of('docker'), rest: of('rest') };
}

/** What the audit has of them. */
async function refusals(): Promise<object[]> {
  const reply = await rest(operator, 'GET', `/v1/audit?tenant=${red.id}&outcome=refused`);
  const { items } = (await reply.json()) as { items: { code: string }[] };
  return items.filter(({ code }) => code === 'rate_limited');
}

const volume = (tenant: Tenant) => tenant.call('POST', '/v1.47/volumes/create', { json: {} });
const container = (tenant: Tenant, fields: object = {}) =>
  tenant.call('POST', '/v1.47/containers/create', { json: { Image: 'base', Cmd: ['sleep', '60'], ...fields } });

describe('the quota of a tenant', () => {
  it('is told with what is used, and taken back when something goes', async () => {
    const before = await used();
    expect(before).toMatchObject({ images: 1 });
    const made = await volume(red);
    expect((await used()).volumes).toBe(before.volumes + 1);
    await red.call('DELETE', `/v1.47/volumes/${made.json.Name}`);
    expect((await used()).volumes).toBe(before.volumes);
  });

  it('of volumes: those that fit are made, also when all are asked for at once', async () => {
    const { volumes } = await used();
    await quotaSet({ volumes: volumes + 3 });
    const statuses = (await Promise.all(Array.from({ length: 8 }, () => volume(red)))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([201, 201, 201, 403, 403, 403, 403, 403]);
    const refused = await volume(red);
    expect(refused.json.message).toContain(`${volumes + 3} volumes`);
    expect((await volume(blue)).status).toBe(201);
  });

  it('of containers: likewise, and one that is removed makes room', async () => {
    const { containers } = await used();
    await quotaSet({ containers: containers + 2 });
    const replies = await Promise.all(Array.from({ length: 5 }, () => container(red)));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 201, 403, 403, 403]);
    const made = replies.filter(({ status }) => status === 201);
    expect((await red.call('DELETE', `/v1.47/containers/${made[0]?.json.Id}`)).status).toBe(204);
    expect((await container(red)).status).toBe(201);
  });

  it('of memory: what runs is counted, and what stops gives it back', async () => {
    const limited = { HostConfig: { Memory: 64 * MiB } };
    const { memoryBytes } = await used();
    await quotaSet({ memoryBytes: memoryBytes + 100 * MiB });
    const [first, second] = [(await container(red, limited)).json.Id, (await container(red, limited)).json.Id];
    expect((await red.call('POST', `/v1.47/containers/${first}/start`)).status).toBe(204);
    await until(async () => (await used()).memoryBytes === memoryBytes + 64 * MiB);
    const refused = await red.call('POST', `/v1.47/containers/${second}/start`);
    expect(refused.status).toBe(403);
    expect(refused.json.message).toContain('GiB of memory in running containers');
    expect((await used()).memoryBytes).toBe(memoryBytes + 64 * MiB);
    await red.call('POST', `/v1.47/containers/${first}/kill`);
    await until(async () => (await used()).memoryBytes === memoryBytes);
    expect((await red.call('POST', `/v1.47/containers/${second}/start`)).status).toBe(204);
  });

  describe('of cpus', () => {
    const cpus = (count: number) => ({ HostConfig: { NanoCpus: count * 1e9 } });
    const nanoCpusOf = async (id: string, tenant = red) =>
      (await tenant.call('GET', `/v1.47/containers/${id}/json`)).json.HostConfig.NanoCpus;
    const start = (id: string) => red.call('POST', `/v1.47/containers/${id}/start`);

    it('a container that asks for no limit has one, which is shown, given to the engine and counted', async () => {
      const { nanoCpus } = await used();
      await quotaSet({ nanoCpus: Number(nanoCpus) + 1.5e9 });
      const ids = [(await container(red)).json.Id, (await container(red, { HostConfig: { CpuQuota: -1 } })).json.Id];
      for (const id of ids) {
        expect(await nanoCpusOf(id)).toBe(1e9);
        expect(engine.containers.get(id)?.hostConfig.NanoCpus).toBe(1e9);
      }
      expect((await start(ids[0])).status).toBe(204);
      await until(async () => (await used()).nanoCpus === Number(nanoCpus) + 1e9);
      const refused = await start(ids[1]);
      expect(refused.status).toBe(403);
      expect(refused.json.message).toContain('cpus in running containers');
      const freed = await red.call('POST', `/v1.47/containers/${ids[0]}/update`, { json: { CpuPeriod: 100_000, CpuQuota: -1 } });
      expect(freed.status, freed.text).toBe(403);
      expect(freed.json.message).toContain('keeps a limit of its own');
      await red.call('POST', `/v1.47/containers/${ids[0]}/kill`);
    });

    it('a quota of less than the limit that is usual is the limit', async () => {
      await quotaSet({ nanoCpus: 0.5e9 });
      expect(await nanoCpusOf((await container(red)).json.Id)).toBe(0.5e9);
      await quotaSet({ nanoCpus: 0 });
      const { Id } = (await container(red)).json;
      expect(await nanoCpusOf(Id)).toBeGreaterThan(0);
      expect((await start(Id)).status).toBe(403);
    });

    it('what is asked for is had, and a tenant without such a quota asks for none and has none', async () => {
      await quotaSet({ nanoCpus: 4e9 });
      expect(await nanoCpusOf((await container(red, cpus(2))).json.Id)).toBe(2e9);
      await quotaSet({ nanoCpus: null });
      expect(await nanoCpusOf((await container(red)).json.Id)).toBe(0);
      expect(await nanoCpusOf((await container(blue)).json.Id, blue)).toBe(0);
    });
  });

  it('of processes: by the limits of what runs', async () => {
    const limited = { HostConfig: { PidsLimit: 60 } };
    const { pids } = await used();
    await quotaSet({ pids: pids + 100 });
    const [first, second] = [(await container(red, limited)).json.Id, (await container(red, limited)).json.Id];
    expect((await red.call('POST', `/v1.47/containers/${first}/start`)).status).toBe(204);
    const refused = await red.call('POST', `/v1.47/containers/${second}/start`);
    expect(refused.status).toBe(403);
    expect(refused.json.message).toContain('processes in running containers');
    const grown = await red.call('POST', `/v1.47/containers/${first}/update`, { json: { PidsLimit: 120 } });
    expect(grown.status, grown.text).toBe(403);
    await red.call('POST', `/v1.47/containers/${first}/kill`);
    await until(async () => (await used()).pids === pids);
    expect((await red.call('POST', `/v1.47/containers/${second}/start`)).status).toBe(204);
  });

  describe('of requests', () => {
    const policy = '"tenant";q=50;w=1';
    const left = (text: string | null | undefined) => Number(/^"tenant";r=(\d+);t=1$/.exec(text ?? '')?.[1] ?? Number.NaN);

    it('what is left of it is told with every answer of both faces, whatever it says', async () => {
      await quotaSet({ requestsPerSecond: 50 });
      for (const [method, path] of [
        ['GET', '/v1.47/containers/json'],
        ['GET', '/v1.47/events?until=1'],
        ['GET', '/v1.47/containers/none/json'],
        ['POST', '/v1.47/swarm/init'],
      ] as const) {
        const { headers } = await red.call(method, path);
        expect(headers['ratelimit-policy'], path).toBe(policy);
        expect(left(headers.ratelimit as string), path).toBeLessThanOrEqual(50);
      }
      for (const path of ['/v1/me', '/v1/deployments/none', '/v1/hosts', '/v1/deployments?limit=0']) {
        const { headers } = await rest(red.token, 'GET', path);
        expect(headers.get('ratelimit-policy'), path).toBe(policy);
        expect(left(headers.get('ratelimit')), path).toBeLessThanOrEqual(50);
      }
    });

    it('nobody who is no tenant is told of one', async () => {
      for (const reply of [
        await rest(operator, 'GET', '/v1/hosts'),
        await rest('berth_none', 'GET', '/v1/me'),
        await rest('', 'GET', '/healthz'),
      ])
        expect(reply.headers.get('ratelimit')).toBeNull();
    });
  });

  it('of images: one more is refused, one that is there already is not', async () => {
    const { images } = await used();
    await quotaSet({ images });
    const load = (content: string) =>
      red.call('POST', `/images/create?fromSrc=-&repo=more&tag=latest`, {
        body: Buffer.from(tarOf([{ name: 'a', content }])),
        headers: { 'Content-Type': 'application/x-tar' },
      });
    expect((await load('another')).text).toContain(`${images} images`);
    expect((await used()).images).toBe(images);
  });

  it('of open calls: one too many is refused, and one that ends makes room', async () => {
    const { json } = await container(red);
    expect((await red.call('POST', `/v1.47/containers/${json.Id}/start`)).status).toBe(204);
    await quotaSet({ streams: 2 });
    const waits = [1, 2].map(() => red.call('POST', `/v1.47/containers/${json.Id}/wait`));
    const waiting = () => berth.log.filter(({ path, status }) => String(path).endsWith(`${json.Id}/wait`) && status === 200).length;
    await until(() => waiting() === 2);
    const refused = await red.call('GET', '/v1.47/info');
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('5');
    expect((await blue.call('GET', '/v1.47/info')).status).toBe(200);
    await quotaSet({ streams: 3 });
    await red.call('POST', `/v1.47/containers/${json.Id}/kill`);
    await Promise.all(waits);
    await quotaSet({ streams: 1 });
    await until(async () => (await red.call('GET', '/v1.47/info')).status === 200);
  });

  describe('error', () => {
    it.each([[{ volumes: -1 }], [{ requestsPerSecond: 0 }], [{ ships: 1 }], [{ memoryBytes: 1.5 }]])('%j is malformed', async (quota) => {
      expect((await rest(operator, 'PATCH', `/v1/tenants/${red.id}`, { quota })).status).toBe(400);
    });

    it('beyond its rate every answer says when to come again', async () => {
      await quotaSet({ requestsPerSecond: 1 });
      await until(async () => {
        const refused = await rest(red.token, 'GET', '/v1/me');
        const told = ['retry-after', 'ratelimit', 'ratelimit-policy'].map((header) => refused.headers.get(header));
        return refused.status === 429 && told.join(' ') === '1 "tenant";r=0;t=1 "tenant";q=1;w=1';
      });
    });

    it('beyond its rate the CLI reads why', async () => {
      await quotaSet({ requestsPerSecond: 1 });
      await Promise.all(Array.from({ length: 10 }, () => red.call('GET', '/v1.47/info')));
      const ran = await red.docker(['volume', 'ls']);
      expect(ran.code).toBe(1);
      expect(ran.stderr).toContain('this tenant may make 1 a second');
    });
  });

  describe('security', () => {
    it('is changed by operators only', async () => {
      expect((await rest(red.token, 'PATCH', `/v1/tenants/${red.id}`, { quota: { volumes: 9 } })).status).toBe(403);
      expect((await rest(blue.token, 'GET', `/v1/tenants/${red.id}/usage`)).status).toBe(404);
    });

    it('one tenant that floods is held back on both faces, each refusal is counted, and another is served as ever', async () => {
      const name = () => `beside-${crypto.randomUUID()}`;
      /** Reads and writes; every answer as it should be. */
      const work = async () => {
        const began = performance.now();
        for (let i = 0; i < 8; i++) {
          const made = await blue.call('POST', '/v1.47/volumes/create', { json: { Name: name() } });
          expect(made.status, made.text).toBe(201);
          expect((await blue.call('GET', '/v1.47/containers/json')).status).toBe(200);
          expect((await rest(blue.token, 'GET', '/v1/deployments')).status).toBe(200);
          expect((await blue.call('DELETE', `/v1.47/volumes/${made.json.Name}`)).status).toBe(204);
        }
        return performance.now() - began;
      };
      const alone = await work();
      await quotaSet({ requestsPerSecond: 1 });
      const before = await limited();
      const came = { docker: new Map<number, number>(), rest: new Map<number, number>() };
      const count = (face: keyof typeof came, status: number) => came[face].set(status, (came[face].get(status) ?? 0) + 1);
      let flooding = true;
      const floodOf = async (face: keyof typeof came, once: () => Promise<number>) => {
        while (flooding) count(face, await once());
      };
      const flood = Array.from({ length: 2 }, () => [
        floodOf('docker', async () => (await red.call('GET', '/v1.47/containers/json')).status),
        floodOf('rest', async () => (await rest(red.token, 'GET', '/v1/deployments')).status),
      ]).flat();
      await until(() => came.docker.has(429) && came.rest.has(429));
      const beside = await work();
      flooding = false;
      await Promise.all(flood);
      for (const face of ['docker', 'rest'] as const) {
        expect([...came[face].keys()].filter((status) => status !== 200)).toEqual([429]);
        expect((await limited())[face] - before[face]).toBe(came[face].get(429));
      }
      const [refused] = await refusals();
      expect(refused).toMatchObject({ outcome: 'refused', code: 'rate_limited' });
      console.log(
        `32 calls of a tenant: ${alone.toFixed(0)} ms alone, ${beside.toFixed(0)} ms beside a flood of ${[...came.docker.values(), ...came.rest.values()].reduce((sum, one) => sum + one)}: ${(beside / alone).toFixed(2)} times as long`,
      );
    });
  });
});
