import { describe, expect, it } from 'vitest';
import { call, nameMake, type Target } from './target.ts';

const everything = ['read', 'run', 'exec', 'deploy', 'admin'];

/** How far a credential reaches, and that it hands out no more. */
export function grantsSuite(target: () => Target): void {
  describe('what a credential is good for', () => {
    const mine = () => `/v1/tenants/${target().tenantId}/tokens`;
    const ask = (token: string, json: object) => call(target(), 'POST', mine(), { token, json: { name: 'limited', ...json } });
    const tokenOf = async (json: object) => (await ask(target().tenantToken, json)).json.token as string;
    const wish = (token: string, name = nameMake('web')) =>
      call(target(), 'POST', '/v1/deployments', { token, json: { name, spec: { image: target().imageId, replicas: 0 } } });

    describe('happy', () => {
      it('is told by the credential itself', async () => {
        const token = await tokenOf({ scopes: ['read', 'deploy', 'read'], deployments: ['web'] });
        expect((await call(target(), 'GET', '/v1/me', { token })).json).toMatchObject({ scopes: ['read', 'deploy'], deployments: ['web'] });
      });

      it('is all that its maker has, where nothing is said', async () => {
        expect((await ask(target().tenantToken, {})).json.scopes).toEqual(everything);
        const token = await tokenOf({ scopes: ['read', 'admin'], addresses: ['0.0.0.0/0', '::/0'] });
        expect((await ask(token, {})).json).toMatchObject({ scopes: ['read', 'admin'], addresses: ['0.0.0.0/0', '::/0'] });
      });

      it('reads with read, deploys with deploy', async () => {
        expect((await call(target(), 'GET', '/v1/deployments', { token: await tokenOf({ scopes: ['read'] }) })).status).toBe(200);
        expect((await wish(await tokenOf({ scopes: ['deploy'] }))).status).toBe(202);
      });

      it('changes its own deployment, by name and by id', async () => {
        const name = nameMake('web');
        const made = await wish(target().tenantToken, name);
        const token = await tokenOf({ scopes: ['deploy'], deployments: [name] });
        for (const reference of [name, made.json.deploymentId])
          expect((await call(target(), 'POST', `/v1/deployments/${reference}/scale`, { token, json: { replicas: 0 } })).status).toBe(202);
      });

      it('is shown when it was last used', async () => {
        const { json } = await ask(target().tenantToken, {});
        expect(json.lastUsedAt).toBeNull();
        const began = Date.now();
        await call(target(), 'GET', '/v1/me', { token: json.token });
        const read = async () => {
          const page = await call(target(), 'GET', `${mine()}?limit=200`, { token: target().tenantToken });
          return Date.parse(page.json.items.find(({ id }: { id: string }) => id === json.id)?.lastUsedAt);
        };
        await expect.poll(read, { timeout: 5_000 }).toBeGreaterThan(began - 5_000);
      });
    });

    describe('error', () => {
      it.each([
        ['no scopes at all', { scopes: [] }, 'scopes'],
        ['a scope there is not', { scopes: ['root'] }, 'scopes.0'],
        ['an address that is none', { addresses: ['10.0.0.1/8'] }, 'addresses.0'],
        ['no deployments at all', { deployments: [] }, 'deployments'],
      ])('%s is refused by its field', async (_what, json, field) => {
        const refused = await ask(target().tenantToken, json);
        expect(refused.status).toBe(400);
        expect(refused.json.errors.map((error: { field: string }) => error.field)).toEqual([field]);
      });
    });

    describe('security', () => {
      it.each([
        ['GET', '/v1/deployments', 'read'],
        ['POST', '/v1/deployments', 'deploy'],
        ['PUT', '/v1/stacks/shop', 'deploy'],
        ['POST', 'tokens', 'admin'],
      ])('%s %s without its scope is refused, naming it', async (method, path, scope) => {
        const token = await tokenOf({ scopes: everything.filter((other) => other !== scope) });
        const refused = await call(target(), method, path === 'tokens' ? mine() : path, { token, ...(method !== 'GET' && { json: {} }) });
        expect(refused.status).toBe(403);
        expect(refused.json.detail).toContain(`"${scope}"`);
      });

      it('is never more than its maker has', async () => {
        const admin = await tokenOf({ scopes: ['read', 'admin'] });
        const refused = await ask(admin, { scopes: ['read', 'exec'] });
        expect(refused.status).toBe(403);
        expect(refused.json.detail).toContain('exec');
        const web = await tokenOf({ scopes: ['admin', 'deploy'], deployments: ['web'] });
        expect((await ask(web, { scopes: ['deploy'], deployments: ['web', 'api'] })).status).toBe(403);
        expect((await ask(web, { scopes: ['deploy'] })).json.deployments).toEqual(['web']);
      });

      it('for one deployment changes no other, makes none, and applies no stack', async () => {
        const name = nameMake('web');
        const made = await wish(target().tenantToken, name);
        const token = await tokenOf({ scopes: ['deploy', 'read'], deployments: ['another'] });
        for (const reference of [name, made.json.deploymentId]) {
          expect((await call(target(), 'DELETE', `/v1/deployments/${reference}`, { token })).status).toBe(403);
          expect((await call(target(), 'POST', `/v1/deployments/${reference}/scale`, { token, json: { replicas: 9 } })).status).toBe(403);
        }
        expect((await call(target(), 'PUT', `/v1/deployments/${name}`, { token, json: { spec: {} } })).status).toBe(403);
        expect((await wish(token, 'another')).status).toBe(403);
        expect((await call(target(), 'PUT', '/v1/stacks/shop', { token, json: {} })).status).toBe(403);
        expect((await call(target(), 'GET', `/v1/deployments/${name}`, { token: target().tenantToken })).json.version).toBe(1);
      });

      it('from an address that it is not taken from it is as good as none', async () => {
        const astray = await tokenOf({ addresses: ['203.0.113.0/24'] });
        const [refused, stranger] = [
          await call(target(), 'GET', '/v1/me', { token: astray }),
          await call(target(), 'GET', '/v1/me', { token: 'berth_none' }),
        ];
        expect(refused.status).toBe(401);
        expect({ ...refused.json, requestId: '' }).toEqual({ ...stranger.json, requestId: '' });
        expect((await call(target(), 'GET', '/v1/me', { token: astray, headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(401);
      });
    });
  });
}
