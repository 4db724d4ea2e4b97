import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Connection, requestText, tenantConnect, unframe, upgradeTcp } from '../docker-api/connection.ts';
import { containerRun, execMake } from '../docker-api/wire-up.ts';
import { type Stage, stageUp } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await stageUp();
});
afterAll(() => stage?.down());

const follow = (id: string) => requestText('GET', `/v1.47/containers/${id}/logs?follow=1&stdout=1`);
const list = requestText('GET', '/v1.47/containers/json');
const start = async (headers: Record<string, string> = {}) =>
  requestText('POST', `/v1.47/exec/${await execMake(stage.red, stage.world.box, ['echo', 'hi'])}/start`, {
    body: { Detach: false, Tty: false },
    headers,
  });
const begun = (path: RegExp) => stage.engine.calls.filter((call) => path.test(call.path)).length;
const send = async (...requests: string[]): Promise<Connection> => (await tenantConnect(stage.red)).send(requests.join(''));
async function chunksEnd(connection: Connection): Promise<void> {
  while ((await connection.chunk()) !== null);
}

describe('requests that do not wait for the reply before', () => {
  it('are answered in their order', async () => {
    const connection = await send(list, requestText('GET', '/v1.47/nowhere'), requestText('GET', '/_ping'));
    for (const status of [200, 501, 200]) expect((await connection.reply()).status).toBe(status);
    connection.destroy();
  });

  it.each([
    ['with an upgrade', upgradeTcp, 101],
    ['without', {}, 200],
  ])('and want the connection for themselves, %s, get it in their turn', async (_, headers, status) => {
    const short = await containerRun(stage.red, ['cat'], { OpenStdin: true });
    const starts = begun(/^\/exec\/.*\/start$/);
    const connection = await send(follow(short), await start(headers));
    expect((await connection.head()).status).toBe(200);
    expect((await stage.red.call('POST', `/containers/${short}/kill`)).status).toBe(204);
    await chunksEnd(connection);
    expect((await connection.head()).status).toBe(status);
    expect(unframe(await connection.rest()).stdout).toBe('hi\n');
    expect(begun(/^\/exec\/.*\/start$/)).toBe(starts + 1);
    connection.destroy();
  });

  it('hold nothing open once their client has left, and reach no engine then', async () => {
    const starts = begun(/^\/exec\/.*\/start$/);
    const connection = await send(follow(stage.world.box), follow(stage.world.box), await start());
    expect((await connection.head()).status).toBe(200);
    connection.destroy();
    await stage.settled();
    expect(begun(/^\/exec\/.*\/start$/)).toBe(starts);
  });

  it('and are more than anybody needs end their connection, and no other', async () => {
    const connection = await send(follow(stage.world.box), ...Array.from({ length: 1_000 }, () => list));
    await connection.closed();
    expect((await stage.red.call('GET', '/_ping')).status).toBe(200);
    await stage.settled();
  });
});
