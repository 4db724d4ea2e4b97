import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness.ts';
import { type Connection, requestText, tenantConnect } from './connection.ts';
import { containerMake, containerRun, type Wire, wireUp } from './wire-up.ts';

let wire: Wire;
beforeAll(async () => {
  wire = await wireUp('wire-wait');
});
afterAll(() => wire?.down());

async function waiting(id: string, condition = ''): Promise<Connection> {
  const connection = (await tenantConnect(wire.red)).send(
    requestText('POST', `/v1.47/containers/${id}/wait${condition && `?condition=${condition}`}`),
  );
  const head = await connection.head();
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'application/json']);
  return connection;
}
const answer = async (connection: Connection) => JSON.parse((await connection.chunk())?.toString() ?? '');
const start = (id: string) => wire.red.call('POST', `/v1.47/containers/${id}/start`);
const inspect = (id: string) => wire.red.call('GET', `/v1.47/containers/${id}/json`);

describe('wait', () => {
  it.each(['next-exit', 'removed'])('for %s has its headers before the container is started', async (condition) => {
    const id = await containerMake(wire.red, ['sh', '-c', 'exit 7'], { HostConfig: { AutoRemove: true } });
    const connection = await waiting(id, condition);
    expect((await start(id)).status).toBe(204);
    expect(await answer(connection)).toEqual({ StatusCode: 7 });
    expect(await connection.chunk()).toBeNull();
    await until(async () => (await inspect(id)).status === 404);
  });

  it.each(['', 'not-running'])('for "%s" is over at once when nothing runs', async (condition) => {
    const id = await containerMake(wire.red, ['true']);
    expect(await answer(await waiting(id, condition))).toEqual({ StatusCode: 0 });
  });

  it('tells the next exit, not the last', async () => {
    const id = await containerRun(wire.red, ['sh', '-c', 'test -e /again && exit 9; touch /again; exit 8']);
    expect(await answer(await waiting(id))).toEqual({ StatusCode: 8 });
    const connection = await waiting(id, 'next-exit');
    await start(id);
    expect(await answer(connection)).toEqual({ StatusCode: 9 });
  });

  it('is followed by reads that know of the end', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await containerRun(wire.red, ['sh', '-c', 'sleep 0.1; exit 3']);
      await answer(await waiting(id));
      expect((await inspect(id)).json.State).toMatchObject({ Status: 'exited', ExitCode: 3 });
      expect((await wire.red.call('GET', '/v1.47/containers/json')).json.map((one: { Id: string }) => one.Id)).not.toContain(id);
    }
  });

  it.each([
    ['not-running', 137],
    ['removed', 137],
  ])('for %s ends when the container is removed meanwhile', async (condition, code) => {
    const id = await containerRun(wire.red, ['sleep', '600']);
    const connection = await waiting(id, condition);
    expect((await wire.red.call('DELETE', `/v1.47/containers/${id}?force=1`)).status).toBe(204);
    expect((await answer(connection)).StatusCode).toBe(code);
  });

  it('is left behind without a trace by a client that goes away', async () => {
    const id = await containerRun(wire.red, ['sleep', '600']);
    for (let round = 0; round < 5; round++) (await waiting(id)).destroy();
    expect((await wire.red.call('POST', `/v1.47/containers/${id}/kill`)).status).toBe(204);
    expect(await answer(await waiting(id))).toEqual({ StatusCode: 137 });
    expect(wire.berth.log.filter((line) => line.level === 'error')).toEqual([]);
  });

  it.each([
    ['a condition that is none', 'box?condition=soon', 400],
    ['a container that is none', 'nosuch', 404],
  ])('for %s is refused before any header of a stream', async (_, rest, status) => {
    await containerMake(wire.red, ['true'], {}, 'box').catch(() => undefined);
    const [name, query = ''] = rest.split('?');
    const reply = await wire.red.call('POST', `/v1.47/containers/${name}/wait?${query}`);
    expect(reply.status).toBe(status);
    expect(reply.json.message).toBeTruthy();
  });
});
