import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenMint } from '../../src/auth/token.ts';
import { operatorTokenInsert } from '../../src/db/store/credential.ts';
import { type Berth, berthUp, type Tenant, wireCall } from '../harness.ts';
import { tenantTarget } from './connection.ts';

interface Line {
  tenantId: string | null;
  actorKind: string;
  actor: string | null;
  address: string | null;
  action: string;
  target: { kind: string | null; id: string | null; name: string | null };
  outcome: string;
  code: string | null;
  count: number;
}

let berth: Berth;
let red: Tenant;
let blue: Tenant;
let operator: string;

beforeAll(async () => {
  berth = await berthUp({ hosts: [] });
  [red, blue] = [berth.tenants.red, berth.tenants.blue] as [Tenant, Tenant];
  const { text, hash, prefix } = await tokenMint();
  operator = text;
  await operatorTokenInsert(berth.server.app.system, { name: 'operator', hash, prefix, expiresAt: null });
});
afterAll(() => berth?.stop());

async function rest(token: string, method: string, path: string, json?: object) {
  return fetch(`http://127.0.0.1:${berth.server.httpPort}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(json && { 'content-type': 'application/json' }) },
    body: json && JSON.stringify(json),
  });
}

async function lines(token: string, query = ''): Promise<Line[]> {
  const reply = await rest(token, 'GET', `/v1/audit?limit=200${query}`);
  expect(reply.status).toBe(200);
  return ((await reply.json()) as { items: Line[] }).items;
}

/** The line, once it is there: within the second that is promised. */
async function line(token: string, like: object): Promise<Line> {
  await expect.poll(() => lines(token), { timeout: 2_000, interval: 100 }).toContainEqual(expect.objectContaining(like));
  return (await lines(token)).find((one) => expect.objectContaining(like).asymmetricMatch(one)) as Line;
}

describe('the audit', () => {
  describe('happy', () => {
    it('has a line for each change on the Docker endpoint: who, from where, what, and what came of it', async () => {
      expect((await red.call('POST', '/v1.47/volumes/create', { json: { Name: 'data' } })).status).toBe(201);
      const made = await line(red.token, { action: 'POST /volumes/create' });
      expect(made).toMatchObject({ tenantId: red.id, actorKind: 'tenant', address: '127.0.0.1', outcome: 'done', code: null, count: 1 });
      expect(made.target).toEqual({ kind: 'volumes', id: null, name: 'data' });
      expect(made.actor).toMatch(/^[0-9a-f]+$/);
      const network = await red.call('POST', '/v1.47/networks/create', { json: { Name: 'front' } });
      expect((await line(red.token, { action: 'POST /networks/create' })).target).toEqual({
        kind: 'networks',
        id: network.json.Id,
        name: 'front',
      });
      await red.call('DELETE', '/v1.47/volumes/data');
      expect((await line(red.token, { action: 'DELETE /volumes/:name' })).target.id).toBe('data');
    });

    it('has the line of a change before that is answered, on both faces, so that a server killed then loses none', async () => {
      const written = async () =>
        berth.server.app.db.execute<{ action: string; target_name: string }>(
          'select action, target_name from audit order by id desc limit 1',
        );
      await red.call('POST', '/v1.47/volumes/create', { json: { Name: 'at-once' } });
      expect(await written()).toEqual([{ action: 'POST /volumes/create', target_name: 'at-once' }]);
      await rest(red.token, 'POST', `/v1/tenants/${red.id}/tokens`, { name: 'at once' });
      expect(await written()).toEqual([{ action: 'POST /v1/tenants/{tenantId}/tokens', target_name: 'at once' }]);
    });

    it('has what was changed through /v1, and which credential was made, but not its text', async () => {
      const { id, token } = (await (await rest(red.token, 'POST', `/v1/tenants/${red.id}/tokens`, { name: 'ci' })).json()) as {
        id: string;
        token: string;
      };
      const made = await line(red.token, { action: 'POST /v1/tenants/{tenantId}/tokens' });
      expect(made.target).toEqual({ kind: 'tokens', id, name: 'ci' });
      expect(JSON.stringify(await lines(operator))).not.toContain(token);
    });

    it('has no line for what only reads', async () => {
      await red.call('GET', '/v1.47/containers/json');
      await red.call('GET', '/v1.47/containers/none/json');
      await red.call('POST', '/v1.47/volumes/create', { json: { Name: 'after' } });
      await line(red.token, { target: { kind: 'volumes', id: null, name: 'after' } });
      expect((await lines(red.token)).map(({ action }) => action).filter((action) => /^GET .*containers/.test(action))).toEqual([]);
    });

    it('comes in pages, by action and by outcome', async () => {
      const page = (await (await rest(red.token, 'GET', '/v1/audit?limit=1')).json()) as { items: { id: string }[]; next: string };
      const next = (await (await rest(red.token, 'GET', `/v1/audit?limit=1&cursor=${page.next}`)).json()) as { items: { id: string }[] };
      expect(Number(next.items[0]?.id)).toBeLessThan(Number(page.items[0]?.id));
      const volumes = await lines(red.token, '&action=POST%20/volumes/create&outcome=done');
      expect(new Set(volumes.map(({ action, outcome }) => `${action} ${outcome}`))).toEqual(new Set(['POST /volumes/create done']));
    });
  });

  describe('error', () => {
    it('tells what failed, and why', async () => {
      await red.call('POST', '/v1.47/containers/create', { json: { Image: 'none', Privileges: 1 } });
      expect(await line(red.token, { action: 'POST /containers/create' })).toMatchObject({
        outcome: expect.stringMatching(/refused|failed/),
        code: expect.any(String),
      });
      await red.call('DELETE', '/v1.47/volumes/never');
      expect(await line(red.token, { target: { kind: 'volumes', id: 'never', name: null } })).toMatchObject({
        outcome: 'refused',
        code: 'not_found',
      });
    });

    it.each(['?cursor=abc', '?outcome=maybe', '?tenant=x', '?limit=0'])('%s is malformed', async (query) => {
      expect((await rest(operator, 'GET', `/v1/audit${query}`)).status).toBe(400);
    });
  });

  describe('security', () => {
    it('is read by a tenant about itself, by operators about all', async () => {
      await blue.call('POST', '/v1.47/volumes/create', { json: { Name: 'blues' } });
      await line(blue.token, { target: { kind: 'volumes', id: null, name: 'blues' } });
      expect(JSON.stringify(await lines(red.token))).not.toMatch(new RegExp(`blues|${blue.id}`));
      expect(JSON.stringify(await lines(operator))).toContain('blues');
      expect(new Set((await lines(operator, `&tenant=${blue.id}`)).map(({ tenantId }) => tenantId))).toEqual(new Set([blue.id]));
      expect((await rest(red.token, 'GET', `/v1/audit?tenant=${blue.id}`)).status).toBe(404);
    });

    it('tells a tenant what an operator did to it, and not who that was', async () => {
      await rest(operator, 'POST', `/v1/tenants/${blue.id}/tokens`, { name: 'from above' });
      const like = { action: 'POST /v1/tenants/{tenantId}/tokens', actorKind: 'operator' };
      expect(await line(blue.token, like)).toMatchObject({ actor: null, address: null });
      expect((await line(operator, like)).actor).not.toBeNull();
    });

    it('has a door that was tried, also one that only leads to reading', async () => {
      await rest(red.token, 'GET', '/v1/hosts');
      expect(await line(red.token, { action: 'GET /v1/hosts' })).toMatchObject({ outcome: 'refused', code: 'refused' });
    });

    it('counts strangers, and loses no count when the server stops', async () => {
      const { key: _key, cert: _cert, ...target } = await tenantTarget(red);
      for (let i = 0; i < 5; i++) await wireCall(target, 'POST', '/containers/create', { headers: { Authorization: 'Bearer berth_x' } });
      const first = await line(operator, { action: 'authenticate', actorKind: 'stranger' });
      expect(first).toMatchObject({ tenantId: null, actor: null, address: '127.0.0.1', code: 'unauthenticated', count: 1 });
      expect((await lines(operator, '&action=authenticate')).length).toBe(1);
    });

    it('is only added to, whoever asks', async () => {
      const { db } = berth.server.app;
      for (const statement of ["update audit set outcome = 'done'", 'delete from audit', 'truncate audit'])
        await expect(db.execute(statement), statement).rejects.toThrow();
      await db.execute('grant all on audit to current_user');
      for (const statement of ["update audit set outcome = 'done'", 'delete from audit', 'truncate audit'])
        await expect(db.execute(statement), statement).rejects.toMatchObject({ cause: { message: 'the audit is only added to' } });
    });
  });
});
