import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { type Berth, berthUp, type Tenant, until } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';
import { jobCall } from './job-stage.ts';

const replicas = 40;

let engine: FakeEngine;
let berth: Berth;
let v1: ReturnType<typeof jobCall>;

beforeAll(async () => {
  engine = await fakeEngineStart();
  berth = await berthUp({ hosts: [{ name: 'once', url: engine.url }], tenants: ['red'] });
  await berth.tenants.red?.call('POST', '/images/create?fromSrc=-&repo=busybox&tag=latest', {
    body: Buffer.from(tarOf([{ name: 'a', content: 'a' }])),
    headers: { 'Content-Type': 'application/x-tar' },
  });
  v1 = jobCall(berth, berth.tenants.red as Tenant);
});
afterAll(async () => {
  await berth?.stop();
  await engine?.stop();
});

describe('the replicas of a deployment', () => {
  it('are each started once, however often they are looked at while they start', async () => {
    const spec = { image: 'busybox', args: ['sleep', '100000'], replicas, resources: { limits: { memory: '8m' } } };
    const made = await v1('POST', '/v1/deployments', { name: 'once', spec });
    expect(made.status, JSON.stringify(made.json)).toBe(202);
    await until(async () => (await v1<{ phase: string }>('GET', '/v1/deployments/once')).json.phase === 'ready', 100);
    const starts = engine.calls.filter(({ method, path }) => method === 'POST' && path.endsWith('/start')).map(({ path }) => path);
    expect(starts.length).toBe(replicas);
    expect(new Set(starts).size).toBe(replicas);
  });
});
