import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenMint } from '../../src/auth/token.ts';
import { tenantScope } from '../../src/db/scope.ts';
import { tenantTokenInsert } from '../../src/db/store/credential.ts';
import { dockerRoutes } from '../../src/docker-api/routes.ts';
import type { Grants, Scope } from '../../src/domain/scopes.ts';
import { type Berth, berthUp, type Tenant, wireCall } from '../harness.ts';
import { tenantTarget } from './connection.ts';

let berth: Berth;
let red: Tenant;

beforeAll(async () => {
  berth = await berthUp({ hosts: [] });
  red = berth.tenants.red as Tenant;
});
afterAll(() => berth?.stop());

/** Calls with a token of red's that reaches so far. */
async function caller(grants: Partial<Grants>) {
  const { text, hash, prefix } = await tokenMint();
  await tenantTokenInsert(tenantScope(berth.server.app.db, red.id), { name: 'limited', hash, prefix, expiresAt: null, ...grants });
  const { key: _key, cert: _cert, ...target } = await tenantTarget(red);
  return (method: string, path: string, json?: unknown) =>
    wireCall(target, method, `/v1.47${path}`, { json, headers: { Authorization: `Bearer ${text}` } });
}

/** One that does not last: events are asked for until a moment that has passed. */
const pathOf = (template: string) => template.replace(/:(\w+)\*?/g, 'none') + (template === '/events' ? '?until=1' : '');
const all: Scope[] = ['read', 'run', 'exec', 'deploy', 'admin'];

describe('what a credential is good for on the Docker endpoint', () => {
  it.each(['read', 'run', 'exec'] as const)('with %s alone its routes are served, and the others refused by name', async (scope) => {
    const call = await caller({ scopes: [scope] });
    const counts = { served: 0, refused: 0 };
    for (const route of dockerRoutes) {
      const reply = await call(route.method, pathOf(route.path));
      const name = `${route.method} ${route.path}`;
      const good = route.scope === scope || route.scope === 'any';
      counts[good ? 'served' : 'refused']++;
      if (good) expect(reply.status, name).not.toBe(403);
      else {
        expect(reply.status, name).toBe(403);
        if (route.method !== 'HEAD') expect(reply.json.message, name).toContain(`"${route.scope}"`);
      }
    }
    expect(counts.served).toBeGreaterThan(3);
    expect(counts.refused).toBeGreaterThan(3);
  });

  it('a route that changes something never has the scope read', () => {
    const changing = dockerRoutes.filter(({ method, scope }) => !['GET', 'HEAD'].includes(method) && !['run', 'exec'].includes(scope));
    expect(changing.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /containers/:id/wait']);
  });

  describe('security', () => {
    it('deploy and admin open nothing here', async () => {
      const call = await caller({ scopes: ['deploy', 'admin'] });
      expect((await call('GET', '/_ping')).status).toBe(200);
      expect((await call('GET', '/containers/json')).status).toBe(403);
    });

    it('a certificate is limited like a token', async () => {
      await berth.server.app.db.execute("update client_certificate set scopes = '{run}'");
      await expect.poll(async () => (await red.call('GET', '/v1.47/containers/json')).status).toBe(403);
      await berth.server.app.db.execute(`update client_certificate set scopes = '{${all.join(',')}}'`);
      await expect.poll(async () => (await red.call('GET', '/v1.47/containers/json')).status).toBe(200);
    });

    it('an address that is not allowed reads what a stranger reads', async () => {
      const [here, astray] = [await caller({ addresses: ['127.0.0.0/8', '::1/128'] }), await caller({ addresses: ['203.0.113.0/24'] })];
      expect((await here('GET', '/containers/json')).status).toBe(200);
      const refused = await astray('GET', '/containers/json');
      const { key: _key, cert: _cert, ...target } = await tenantTarget(red);
      const stranger = await wireCall(target, 'GET', '/v1.47/containers/json', { headers: { Authorization: 'Bearer berth_none' } });
      expect(refused.status).toBe(401);
      expect(refused.json).toEqual(stranger.json);
    });
  });
});
