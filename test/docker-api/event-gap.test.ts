import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { type Berth, berthUp, type Tenant, until } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';

let engine: FakeEngine;
let berth: Berth;
let red: Tenant;

beforeAll(async () => {
  engine = await fakeEngineStart();
  berth = await berthUp({ hosts: [{ name: 'one', url: engine.url }] });
  red = berth.tenants.red as Tenant;
  const body = Buffer.from(tarOf([{ name: 'a', content: 'a' }]));
  await red.call('POST', '/images/create?fromSrc=-&repo=base&tag=latest', { body, headers: { 'Content-Type': 'application/x-tar' } });
});
afterAll(async () => {
  await berth?.stop();
  await engine?.stop();
});

interface Told {
  action: string;
  actor: { name: string };
  synthesised: boolean;
  attributes: Record<string, string>;
}

async function told(name: string): Promise<Told[]> {
  const reply = await fetch(
    `http://127.0.0.1:${berth.server.httpPort}/v1/events?limit=200&type=container&container=${name}&action=start,die`,
    {
      headers: { authorization: `Bearer ${red.token}` },
    },
  );
  return ((await reply.json()) as { items: Told[] }).items;
}
const shown = (events: Told[]) => events.map(({ action, synthesised }) => `${action}${synthesised ? ' concluded' : ''}`);
const concluded = () => berth.log.filter(({ message }) => message === 'events of a gap were concluded').length;
async function made(name: string): Promise<string> {
  const json = { Image: 'base', Cmd: ['sleep', '600'] };
  return (await red.call('POST', `/v1.47/containers/create?name=${name}`, { json })).json.Id;
}

describe('after a gap that was longer than an engine remembers', () => {
  it('the start and the end that nobody told are told, marked as concluded, once', async () => {
    const heard = await made('heard');
    await red.call('POST', `/v1.47/containers/${heard}/start`);
    await until(async () => (await told('heard')).length === 1);
    const unheard = await made('unheard');
    const dropping = ['start', 'die', 'kill'].map((action) => engine.eventFault({ kind: 'drop', action }));
    await red.call('POST', `/v1.47/containers/${unheard}/start`);
    await red.call('POST', `/v1.47/containers/${unheard}/kill`);
    for (const fault of dropping) fault.clear();
    // The daemon comes back with an empty memory.
    await engine.die();
    await engine.revive();
    await until(async () => (await told('unheard')).length === 2, 20);
    expect(shown(await told('unheard'))).toEqual(['start concluded', 'die concluded']);
    expect((await told('unheard'))[1]?.attributes).toMatchObject({ exitCode: '137', name: 'unheard', image: 'base' });
    expect(shown(await told('heard'))).toEqual(['start']);

    const before = concluded();
    const later = await made('later');
    const dropped = engine.eventFault({ kind: 'drop', action: 'start' });
    await red.call('POST', `/v1.47/containers/${later}/start`);
    dropped.clear();
    await engine.die();
    await engine.revive();
    await until(() => concluded() === before + 1, 20);
    expect(shown(await told('later'))).toEqual(['start concluded']);
    expect(shown(await told('unheard'))).toEqual(['start concluded', 'die concluded']);
  });
});
