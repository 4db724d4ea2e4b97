import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Connection, chunkOf, requestText, tenantConnect, upgradeTcp } from '../docker-api/connection.ts';
import { tarHeader } from '../docker-api/tar-file.ts';
import { until } from '../harness.ts';
import { connectionRows, type Stage, stageUp } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await stageUp();
});
afterAll(() => stage?.down());

/** Node looks for connections that are too late once a second; a busy machine is late itself. */
const slackSeconds = 15;
const headersSeconds = 10;
const bodySeconds = 20;

/** Sends a byte of `text` each `everyMs`, as often as it takes. */
function trickle(connection: Connection, text: string, everyMs: number): { stop(): void } {
  const timer = setInterval(() => connection.socket.writable && connection.send(text), everyMs);
  return { stop: () => clearInterval(timer) };
}

async function secondsUntilEnd(connection: Connection): Promise<number> {
  const began = Date.now();
  await connection.closed();
  return (Date.now() - began) / 1000;
}

const restConnect = () => new Connection(net.connect({ port: stage.berth.server.httpPort, host: '127.0.0.1', allowHalfOpen: true }));

const half = { 'Content-Type': 'application/json', 'Content-Length': '100' };

describe('a client', () => {
  it.concurrent('that stops in the middle of a JSON body is told so, and its connection ends', async () => {
    const connection = (await tenantConnect(stage.red)).send(
      requestText('POST', '/v1.47/volumes/create', { headers: half, body: '{"Name":' }),
    );
    const reply = await connection.reply();
    expect([reply.status, reply.headers.get('connection')]).toEqual([400, 'close']);
    expect(JSON.parse(reply.text).message).toContain(`within ${bodySeconds} seconds`);
    expect(await secondsUntilEnd(connection)).toBeLessThan(slackSeconds);
  });

  it.concurrent('that trickles one is not waited for either', async () => {
    const connection = (await tenantConnect(stage.red)).send(
      requestText('POST', '/v1.47/volumes/create', { headers: { ...half, 'Content-Length': '100000' }, body: '{"Name":"' }),
    );
    const drip = trickle(connection, 'x', 500);
    expect(await secondsUntilEnd(connection)).toBeLessThan(bodySeconds + slackSeconds);
    drip.stop();
  });

  it.concurrent('that stops in the middle of the body of an upgrade likewise', async () => {
    const connection = (await tenantConnect(stage.red)).send(
      requestText('POST', '/v1.47/exec/0123/start', { headers: { ...half, ...upgradeTcp }, body: '{"Detach":' }),
    );
    expect((await connection.reply()).status).toBe(400);
    expect(await secondsUntilEnd(connection)).toBeLessThan(slackSeconds);
  });

  it.concurrent('that never ends its headers is cut, on a connection that has served before too', async () => {
    const connection = (await tenantConnect(stage.red)).send(requestText('GET', '/_ping'));
    expect((await connection.reply()).status).toBe(200);
    connection.send('GET /_ping HTTP/1.1\r\n');
    const drip = trickle(connection, 'X-More: 1\r\n', 500);
    expect(await secondsUntilEnd(connection)).toBeLessThan(headersSeconds + slackSeconds);
    drip.stop();
  });

  it.concurrent('that uploads a tar more slowly than any of these deadlines is not cut', async () => {
    const connection = await tenantConnect(stage.red);
    connection.send(
      requestText('PUT', `/v1.47/containers/${stage.world.box}/archive?path=/`, { headers: { 'Transfer-Encoding': 'chunked' } }),
    );
    const bytes = bodySeconds + slackSeconds;
    connection.send(chunkOf(tarHeader('slow', bytes).toString('latin1')));
    let sent = 0;
    while (sent < bytes) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      connection.send(chunkOf('s'));
      sent++;
    }
    connection.send(chunkOf('\0'.repeat(512 - bytes + 1024)), chunkOf(''));
    expect((await connection.reply()).status).toBe(200);
    connection.destroy();
    const back = await stage.red.call('GET', `/v1.47/containers/${stage.world.box}/archive?path=/slow`);
    expect(back.body.subarray(512, 512 + bytes).toString()).toBe('s'.repeat(bytes));
  });

  it.concurrent('that is there and silent is asked by the kernel whether it lives', async () => {
    const connection = (await tenantConnect(stage.red)).send(requestText('POST', `/v1.47/containers/${stage.world.box}/wait`));
    await connection.head();
    const port = connection.socket.localPort ?? 0;
    const remote = `:${port.toString(16).padStart(4, '0').toUpperCase()}`;
    const timer = async () => {
      const rows = await connectionRows(stage.berth.server.enginePort);
      return rows.find((fields) => fields[2]?.endsWith(remote))?.[5]?.slice(0, 2);
    };
    // 02 is keepalive; until what was sent is acknowledged it is another one.
    await until(async () => (await timer()) === '02');
    connection.destroy();
  });

  it.concurrent('of the REST API that never ends its headers is cut', async () => {
    const connection = restConnect().send('GET /v1/me HTTP/1.1\r\n');
    const drip = trickle(connection, 'X-More: 1\r\n', 500);
    expect(await secondsUntilEnd(connection)).toBeLessThan(headersSeconds + slackSeconds);
    drip.stop();
  });

  it.concurrent('of the REST API that never ends its body is cut', async () => {
    const connection = restConnect().send(
      requestText('POST', '/v1/deployments', { headers: { ...half, Authorization: `Bearer ${stage.red.token}` }, body: '{"name":' }),
    );
    expect(await secondsUntilEnd(connection)).toBeLessThan(bodySeconds + slackSeconds);
  });
});
