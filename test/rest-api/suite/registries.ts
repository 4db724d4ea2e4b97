import { beforeAll, describe, expect, it } from 'vitest';
import { call, type Target, tenantMake } from './target.ts';

type NewTenant = Awaited<ReturnType<typeof tenantMake>>;

export function registriesSuite(target: () => Target): void {
  describe('registries', () => {
    let red: NewTenant;
    let blue: NewTenant;
    beforeAll(async () => {
      [red, blue] = [await tenantMake(target()), await tenantMake(target())];
    });
    const put = (tenant: NewTenant, registry: string, json: object) =>
      call(target(), 'PUT', `/v1/registries/${encodeURIComponent(registry)}`, { token: tenant.token, json });
    const list = (tenant: NewTenant, query = '') => call(target(), 'GET', `/v1/registries${query}`, { token: tenant.token });

    it('are kept, replaced, listed page by page and forgotten', async () => {
      const kept = await put(red, 'registry.dev:5000', { username: 'red', password: 'first-sesame' });
      expect([kept.status, kept.json]).toEqual([200, { registry: 'registry.dev:5000', username: 'red', setAt: expect.any(String) }]);
      await put(red, 'registry.dev:5000', { username: 'crimson', password: 'second-sesame' });
      // Docker Hub has many names, and images of it one.
      expect((await put(red, 'index.docker.io', { identityToken: 'refreshing-sesame' })).json.registry).toBe('docker.io');
      const first = (await list(red, '?limit=1')).json;
      expect(first.items).toEqual([{ registry: 'docker.io', username: '', setAt: expect.any(String) }]);
      expect((await list(red, `?limit=1&cursor=${first.next}`)).json).toMatchObject({ items: [{ username: 'crimson' }], next: null });
      expect((await call(target(), 'DELETE', '/v1/registries/docker.io', { token: red.token })).status).toBe(204);
      expect((await call(target(), 'DELETE', '/v1/registries/docker.io', { token: red.token })).status).toBe(404);
    });

    it.each([
      ['registry.dev/path', { username: 'a', password: 'b' }],
      ['user@registry.dev', { username: 'a', password: 'b' }],
      ['registry.dev', { username: 'a' }],
      ['registry.dev', { username: 'a', password: 'b', identityToken: 'c' }],
      ['registry.dev', {}],
    ])('%s with %j is malformed', async (registry, json) => {
      expect((await put(red, registry, json)).status).toBe(400);
    });

    it('are never shown, and nobody else’s', async () => {
      const texts = [(await list(red)).text, (await put(red, 'registry.dev:5000', { username: 'red', password: 'third-sesame' })).text];
      for (const text of texts) expect(text).not.toContain('sesame');
      expect((await list(blue)).json.items).toEqual([]);
      expect((await call(target(), 'DELETE', '/v1/registries/registry.dev:5000', { token: blue.token })).status).toBe(404);
      expect((await list(red)).json.items).toHaveLength(1);
    });
  });
}
