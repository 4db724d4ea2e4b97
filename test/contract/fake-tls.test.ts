import { once } from 'node:events';
import { request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { FleetAuthority } from '../fleet/certificates.ts';
import { framesOf } from './wire.ts';

describe('the fake engine on TLS', () => {
  let engine: FakeEngine;
  let client: { ca: string; cert: string; key: string };
  beforeAll(async () => {
    const authority = await FleetAuthority.create();
    engine = await fakeEngineStart({ listen: { ca: authority.ca, ...(await authority.issue('127.0.0.1')) } });
    client = { ca: authority.ca, ...(await authority.issue()) };
  });
  afterAll(() => engine.stop());

  const port = () => Number(new URL(engine.url).port);
  const call = async (method: string, path: string, body: string, credentials: Partial<typeof client>) => {
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    const sent = request({ host: '127.0.0.1', port: port(), method, path, agent: false, headers, ...credentials }).end(body);
    const [response] = await once(sent, 'response');
    return JSON.parse(Buffer.concat(await response.toArray()).toString() || 'null');
  };

  it('serves who shows a certificate of its authority', async () => {
    expect(await call('GET', '/version', '', client)).toMatchObject({ ApiVersion: '1.41' });
  });

  it('refuses who shows none', async () => {
    await expect(call('GET', '/version', '', { ca: client.ca })).rejects.toThrow(/certificate required|socket hang up|ECONNRESET/);
  });

  it('passes the end of a hijacked input alone', async () => {
    const { Id } = await call(
      'POST',
      '/containers/create',
      JSON.stringify({ Image: 'busybox', Cmd: ['cat'], OpenStdin: true, StdinOnce: true }),
      client,
    );
    const options = { host: '127.0.0.1', port: port(), ...client, allowHalfOpen: true };
    const socket: TLSSocket = connect(options);
    socket.write(
      `POST /containers/${Id}/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`,
    );
    await once(socket, 'readable');
    await call('POST', `/containers/${Id}/start`, '', client);
    socket.end('typed\n');
    const bytes = Buffer.concat(await socket.toArray());
    expect(framesOf(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4))).toEqual([{ stream: 1, text: 'typed\n' }]);
  });
});
