import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { type Berth, berthUp, type Tenant, until } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';
import { secondServer } from './second-server.ts';

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
  // Its server was stopped already.
  await berth?.stop().catch(() => {});
  await engine?.stop();
});

function engineCall(method: string, path: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const call = request({ socketPath: engine.url.replace('unix://', ''), method, path }, (reply) => resolve(reply.resume().statusCode ?? 0));
  call.on('error', reject).end();
  return promise;
}

async function told(httpPort: number): Promise<string[]> {
  const reply = await fetch(`http://127.0.0.1:${httpPort}/v1/events?limit=200`, { headers: { authorization: `Bearer ${red.token}` } });
  const { items } = (await reply.json()) as { items: { id: string; type: string; action: string; actor: { name: string } }[] };
  expect(items.map(({ id }) => Number(id))).toEqual(items.map((_, index) => index + 1));
  return items.filter(({ type }) => type === 'container').map(({ action, actor }) => `${action} ${actor.name}`);
}

describe('events', () => {
  it('are written once, in order and without a gap, with two servers, and those of the time when no server was there', async () => {
    const second = await secondServer(berth);
    const made = await red.call('POST', '/containers/create?name=web', { json: { Image: 'base', Cmd: ['sleep', '1000'] } });
    const id = made.json.Id as string;
    await red.call('POST', `/containers/${id}/start`);
    await until(async () => (await told(second.httpPort)).includes('start web'));
    await second.stop();
    await berth.server.stop();
    expect(await engineCall('POST', `/v1.41/containers/${id}/kill`)).toBe(204);
    const third = await secondServer(berth);
    try {
      await until(async () => (await told(third.httpPort)).includes('die web'));
      expect(await told(third.httpPort)).toEqual(['create web', 'start web', 'kill web', 'die web']);
    } finally {
      await third.stop();
    }
  });
});
