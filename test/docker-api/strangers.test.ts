import net from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenMint } from '../../src/auth/token.ts';
import { tenantScope } from '../../src/db/scope.ts';
import { operatorTokenInsert, tenantTokenInsert, tokenRevoke } from '../../src/db/store/credential.ts';
import { authorityMake, authorityOpen, csrMake } from '../../src/vault/authority.ts';
import { type Berth, berthUp, type Tenant, until } from '../harness.ts';
import { Connection, type ConnectOptions, type RawReply, requestText, tenantConnect, upgradeTcp } from './connection.ts';

let berth: Berth;
let red: Tenant;
beforeAll(async () => {
  berth = await berthUp({ hosts: [] });
  red = berth.tenants.red as Tenant;
});
afterAll(() => berth?.stop());

const stranger = (options: Partial<ConnectOptions> = {}) => Connection.open({ port: berth.server.enginePort, ...options });
async function version(headers: Record<string, string>, options: Partial<ConnectOptions> = {}): Promise<RawReply> {
  const connection = (await stranger(options)).send(requestText('GET', '/v1.47/version', { headers }));
  const reply = await connection.reply();
  connection.destroy();
  return reply;
}
const bearer = (text: string) => ({ Authorization: `Bearer ${text}` });

async function redToken(options: { expiresAt?: Date; revoked?: boolean } = {}): Promise<string> {
  const scope = tenantScope(berth.server.app.db, red.id);
  const minted = await tokenMint();
  const row = await tenantTokenInsert(scope, {
    name: 'one more',
    hash: minted.hash,
    prefix: minted.prefix,
    expiresAt: options.expiresAt ?? null,
  });
  if (options.revoked) await tokenRevoke(scope, row.id);
  return minted.text;
}

describe('a credential that is not valid', () => {
  it('reads the same whatever is wrong with it', async () => {
    const good = await redToken();
    const mistyped = `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`;
    const replies = await Promise.all([
      version({}),
      version(bearer((await tokenMint()).text)),
      version(bearer(await redToken({ revoked: true }))),
      version(bearer(await redToken({ expiresAt: new Date(Date.now() - 1000) }))),
      version(bearer(mistyped)),
      version(bearer('berth_')),
      version(bearer('x'.repeat(5000))),
      version({ Authorization: `Basic ${btoa('a:b')}` }),
      version({ Authorization: 'Bearer' }),
      version({ Authorization: '' }),
    ]);
    for (const reply of replies) expect([reply.status, reply.text]).toEqual([401, replies[0]?.text]);
    expect(JSON.parse(replies[0]?.text ?? '').message).toContain('Use a token or client certificate');
    expect((await version(bearer(good))).status).toBe(200);
  });

  it('of another authority is no certificate at all', async () => {
    const made = await authorityMake('somebody else');
    const authority = await authorityOpen(made.certificatePem, made.keyPem);
    const { csrPem, keyPem } = await csrMake('red');
    const { certificatePem } = await authority.clientSign(csrPem, 'red', 1);
    const reply = await version({}, { cert: certificatePem, key: keyPem });
    expect([reply.status, reply.text]).toEqual([401, (await version({})).text]);
  });

  it('is told so on an upgrade and on an unknown path too', async () => {
    for (const request of [
      requestText('POST', '/v1.47/containers/x/attach', { headers: upgradeTcp }),
      requestText('GET', '/v1.47/nowhere'),
      requestText('GET', '//..'),
    ]) {
      const connection = (await stranger()).send(request);
      expect((await connection.reply()).status).toBe(401);
      connection.destroy();
    }
  });

  it('beside a good certificate counts all the same: what was sent on purpose is judged', async () => {
    const connection = (await tenantConnect(red)).send(requestText('GET', '/v1.47/version', { headers: bearer('berth_wrong') }));
    expect((await connection.reply()).status).toBe(401);
    connection.destroy();
  });

  it('an operator token opens no tenant', async () => {
    const minted = await tokenMint();
    await operatorTokenInsert(berth.server.app.system, { name: 'operator', hash: minted.hash, prefix: minted.prefix, expiresAt: null });
    const reply = await version(bearer(minted.text));
    expect(reply.status).toBe(403);
    expect(JSON.parse(reply.text).message).toContain('operator token');
  });
});

describe('what costs something before a credential is known', () => {
  it.concurrent('a handshake that never ends is cut', async () => {
    const socket = net.connect(berth.server.enginePort, '127.0.0.1');
    await new Promise((resolve) => socket.once('close', resolve).resume());
  });

  it.concurrent('headers that never end are cut', async () => {
    const connection = (await stranger()).send('GET /v1.47/version HTTP/1.1\r\nHost: x\r\n');
    const drip = setInterval(() => connection.send('X-More: 1\r\n'), 500);
    await connection.closed();
    clearInterval(drip);
  });

  it.concurrent('a connection that says nothing is cut, and told nothing', async () => {
    expect(await (await stranger()).drain()).toBe(0);
  });

  it.concurrent('more headers than anybody needs are refused', async () => {
    const connection = (await stranger()).send(requestText('GET', '/v1.47/version', { headers: { 'X-Much': 'x'.repeat(40_000) } }));
    expect([400, 431]).toContain((await connection.head()).status);
    await connection.closed();
  });

  it.each([
    ['that say nothing', () => net.connect(berth.server.enginePort, '127.0.0.1'), 'connect'],
    ['that speak TLS', () => tls.connect({ port: berth.server.enginePort, host: '127.0.0.1', rejectUnauthorized: false }), 'secureConnect'],
  ] as const)('a crowd of strangers %s neither grows without end nor keeps a known client out', async (_, connect, connected) => {
    const known = await tenantConnect(red);
    expect((await known.send(requestText('GET', '/_ping')).reply()).status).toBe(200);
    const crowd: net.Socket[] = [];
    const open = new Set<net.Socket>();
    for (let count = 0; count < 200; count++) {
      const socket = connect();
      socket.on('error', () => undefined).once(connected, () => open.add(socket));
      socket.once('close', () => open.delete(socket)).resume();
      crowd.push(socket);
    }
    await until(() => crowd.every((socket) => open.has(socket) || socket.destroyed));
    await until(() => open.size <= 128);
    expect((await known.send(requestText('GET', '/_ping')).reply()).status).toBe(200);
    expect((await red.call('GET', '/_ping')).status).toBe(200);
    for (const socket of crowd) socket.destroy();
    known.destroy();
  });
});
