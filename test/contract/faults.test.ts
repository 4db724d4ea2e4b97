import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { until } from '../harness.ts';
import { EventWatch } from './event-watch.ts';
import { Wire } from './wire.ts';

describe('the fake engine, as a test steers it', () => {
  let engine: FakeEngine;
  let wire: Wire;
  beforeEach(async () => {
    engine = await fakeEngineStart();
    wire = new Wire(engine.url);
  });
  afterEach(() => engine.stop());

  const create = async (body: Record<string, unknown> = {}) => {
    const { json } = await wire.post('/v1.41/containers/create?name=web', { Image: 'busybox', Cmd: ['sleep', '1000'], ...body });
    return `/containers/${json.Id}`;
  };
  const status = async (path: string) => (await wire.get(`${path}/json`)).json.State.Status;
  const answered = (promise: Promise<unknown>) =>
    promise.then(
      () => true,
      () => true,
    );

  it('records calls, without their version', async () => {
    await create();
    expect(engine.calls).toMatchObject([
      { method: 'POST', path: '/containers/create', query: { name: 'web' }, body: { Image: 'busybox' } },
    ]);
    expect([...engine.containers.values()]).toMatchObject([{ name: 'web', status: 'created' }]);
  });

  it('answers an error so many times, then works', async () => {
    const path = await create();
    engine.fault({ match: 'POST /containers/*/start', kind: 'error', status: 503, message: 'busy', times: 1 });
    expect(await wire.post(`${path}/start`)).toMatchObject({ status: 503, json: { message: 'busy' } });
    expect(await wire.post(`${path}/start`)).toMatchObject({ status: 204 });
  });

  it('keeps a fault until it is cleared', async () => {
    const { clear } = engine.fault({ match: 'GET /**', kind: 'error' });
    for (let call = 0; call < 3; call += 1) expect(await wire.get('/info')).toMatchObject({ status: 500 });
    clear();
    expect(await wire.get('/info')).toMatchObject({ status: 200 });
  });

  it('drops a call before its work, and after it', async () => {
    const path = await create();
    engine.fault({ match: 'POST /containers/*/start', kind: 'drop', times: 1 });
    await expect(wire.post(`${path}/start`)).rejects.toThrow('socket hang up');
    expect(await status(path)).toBe('created');
    engine.fault({ match: 'POST /containers/*/start', kind: 'drop-after', times: 1 });
    await expect(wire.post(`${path}/start`)).rejects.toThrow('socket hang up');
    expect(await status(path)).toBe('running');
  });

  it('is slow, and hangs until the client leaves', async () => {
    engine.fault({ match: 'GET /info', kind: 'slow', ms: 50, times: 1 });
    const before = Date.now();
    await wire.get('/info');
    expect(Date.now() - before).toBeGreaterThanOrEqual(49);
    engine.fault({ match: 'GET /info', kind: 'hang', times: 1 });
    const hung = answered(wire.get('/info'));
    await wire.get('/version');
    expect(await Promise.race([hung, Promise.resolve('hung')])).toBe('hung');
    await engine.die();
    expect(await hung).toBe(true);
    await engine.revive();
  });

  it('dies and comes back with what it had', async () => {
    const path = await create();
    await wire.post(`${path}/start`);
    const watch = await EventWatch.open(wire, {});
    await engine.die();
    watch.close();
    await expect(wire.get('/info')).rejects.toThrow(/ENOENT|ECONNREFUSED/);
    await engine.revive();
    expect(await status(path)).toBe('running');
    await engine.die();
    await engine.revive({ running: false });
    expect(await status(path)).toBe('exited');
  });

  it('is cut off without a word, and goes on where it was', async () => {
    const watch = await EventWatch.open(wire, {});
    engine.cut();
    const lost = wire.post('/containers/create', { Image: 'busybox' });
    expect(await Promise.race([answered(lost), new Promise((resolve) => setTimeout(resolve, 30, 'silent'))])).toBe('silent');
    expect(watch.events).toEqual([]);
    engine.heal();
    expect(await lost).toMatchObject({ status: 201 });
    await until(() => watch.events.length === 1);
    watch.close();
  });

  it.each([
    ['drop', ['create']],
    ['duplicate', ['create', 'start', 'start']],
    ['reorder', ['create', 'kill', 'start']],
  ] as const)('can %s an event on its way', async (kind, expected) => {
    engine.eventFault({ kind, action: 'start', times: 1 });
    const watch = await EventWatch.open(wire, { type: ['container'] });
    const path = await create();
    await wire.post(`${path}/start`);
    await wire.post(`${path}/kill`);
    await until(() => watch.events.some(({ Action }) => Action === 'die'));
    expect(watch.events.map(({ Action }) => Action).slice(0, expected.length)).toEqual(expected);
    watch.close();
  });

  it('sets a health state as if a probe had found it', async () => {
    const path = await create({ Healthcheck: { Test: ['CMD', 'probe'] } });
    await wire.post(`${path}/start`);
    const watch = await EventWatch.open(wire, { event: ['health_status'] });
    engine.healthSet('web', 'unhealthy');
    await until(() => watch.events.length === 1);
    expect(watch.events[0]).toMatchObject({ Action: 'health_status: unhealthy' });
    expect((await wire.get(`${path}/json`)).json.State.Health.Status).toBe('unhealthy');
    watch.close();
  });

  it('keeps 256 events', async () => {
    for (let made = 0; made < 300; made += 1) await wire.post('/volumes/create', { Name: `volume-${made}` });
    const { text } = await wire.get(`/events?since=1&until=${((Date.now() + 1) / 1000).toFixed(3)}`);
    expect(text.trim().split('\n')).toHaveLength(256);
  });

  it('makes images that are the same on every engine', async () => {
    const other = await fakeEngineStart();
    const idOf = async (at: Wire) => (await at.get('/images/busybox/json')).json.Id;
    expect(await idOf(new Wire(other.url))).toBe(await idOf(wire));
    await other.stop();
  });

  it('listens on TCP when asked', async () => {
    const tcp = await fakeEngineStart({ listen: 'tcp', apiVersion: '1.24' });
    const socket = connect(Number(new URL(tcp.url).port), '127.0.0.1');
    socket.write('GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n');
    const [reply] = (await once(socket, 'data')) as [Buffer];
    expect(reply.toString()).toContain('Api-Version: 1.24');
    socket.destroy();
    await tcp.stop();
  });
});
