import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { type Berth, berthUp, type Tenant } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';

let engine: FakeEngine;
let berth: Berth;
let tenant: Tenant;

beforeAll(async () => {
  engine = await fakeEngineStart();
  berth = await berthUp({ hosts: [{ name: 'one', url: engine.url }], tenants: ['red'] });
  tenant = berth.tenants.red as Tenant;
  const rootFs = Buffer.from(tarOf([{ name: 'a', content: 'a' }]));
  await tenant.call('POST', '/images/create?fromSrc=-&repo=base&tag=1', { body: rootFs, headers: { 'Content-Type': 'application/x-tar' } });
});
afterAll(async () => {
  await berth?.stop();
  await engine?.stop();
});

/** What the database and the engine are asked while `work` runs, what Berth asks by itself now and then included. */
async function asked(work: () => Promise<unknown>): Promise<{ statements: string[]; engineCalls: string[] }> {
  const statements: string[] = [];
  const { options } = berth.server.app.db.$client;
  const before = engine.calls.length;
  options.debug = (_connection, statement) => statements.push(statement);
  try {
    await work();
  } finally {
    options.debug = false;
  }
  return { statements, engineCalls: engine.calls.slice(before).map(({ method, path }) => `${method} ${path}`) };
}

async function containerMade(name: string): Promise<string> {
  const { json } = await tenant.call('POST', `/containers/create?name=${name}`, { json: { Image: 'base:1', Cmd: ['sleep', '100000'] } });
  return json.Id;
}

describe('what a call costs', () => {
  it('an inspect and a list of what is known ask neither database nor engine', async () => {
    const id = await containerMade('read');
    await tenant.call('POST', `/containers/${id}/start`);
    await tenant.call('GET', `/containers/${id}/json`);
    const { statements, engineCalls } = await asked(async () => {
      for (let i = 0; i < 100; i++) {
        expect((await tenant.call('GET', `/containers/${id}/json`)).json.Id).toBe(id);
        expect((await tenant.call('GET', '/containers/json?all=1')).json).toHaveLength(1);
      }
    });
    // Of two hundred calls; what runs by itself meanwhile asks now and then.
    expect(engineCalls.length).toBeLessThan(50);
    expect(statements.length).toBeLessThan(100);
  });

  it('a create is four transactions of its tenant and one call to the engine, a start none and one', async () => {
    await containerMade('first');
    const made = await asked(() => containerMade('second'));
    const own = made.statements.filter((statement) => /set_config/.test(statement));
    // Isolation, image, intent and outcome, each in one transaction of the tenant's.
    expect(own).toHaveLength(4);
    expect(made.engineCalls.filter((call) => call.startsWith('POST'))).toEqual(['POST /containers/create']);
    const started = await asked(() => tenant.call('POST', '/containers/second/start'));
    expect(started.statements.filter((statement) => /set_config/.test(statement))).toHaveLength(0);
    expect(started.engineCalls.filter((call) => call.startsWith('POST'))).toHaveLength(1);
  });
});
