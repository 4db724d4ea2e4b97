import { describe, expect, it } from 'vitest';
import { call, nameMake, type Target, tenantMake } from './target.ts';

export function tenantsSuite(target: () => Target): void {
  describe('tenants', () => {
    const operator = () => ({ token: target().operatorToken });

    describe('happy', () => {
      it('are made by an operator and read by id', async () => {
        const name = nameMake('acme');
        const made = await call(target(), 'POST', '/v1/tenants', { ...operator(), json: { name } });
        expect(made.status).toBe(201);
        expect(made.json).toMatchObject({ name, state: 'active', createdAt: expect.stringMatching(/^\d{4}-.*Z$/) });
        const read = await call(target(), 'GET', `/v1/tenants/${made.json.id}`, operator());
        expect(read.json).toEqual(made.json);
      });

      it('are listed in pages that show each of them once', async () => {
        const made = [];
        for (let i = 0; i < 5; i++) made.push((await tenantMake(target())).id);
        const seen: string[] = [];
        let cursor: string | null = null;
        do {
          const query: string = cursor === null ? '' : `&cursor=${cursor}`;
          const page = await call(target(), 'GET', `/v1/tenants?limit=2${query}`, operator());
          expect(page.status).toBe(200);
          expect(page.json.items.length).toBeLessThanOrEqual(2);
          seen.push(...page.json.items.map((tenant: { id: string }) => tenant.id));
          cursor = page.json.next;
        } while (cursor !== null);
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen).toEqual(expect.arrayContaining(made));
      });

      it('read themselves with their own token', async () => {
        const { tenantId, tenantToken } = target();
        expect((await call(target(), 'GET', `/v1/tenants/${tenantId}`, { token: tenantToken })).json.id).toBe(tenantId);
        expect((await call(target(), 'GET', '/v1/me', { token: tenantToken })).json).toMatchObject({
          kind: 'tenant',
          tenant: { id: tenantId },
        });
      });

      it('lose their credentials as soon as they are deleted, and are gone in the end', async () => {
        const { id, token } = await tenantMake(target());
        expect((await call(target(), 'GET', '/v1/me', { token })).status).toBe(200);
        const deleted = await call(target(), 'DELETE', `/v1/tenants/${id}`, operator());
        expect(deleted.status).toBe(202);
        expect(deleted.json.state).toBe('deleting');
        expect((await call(target(), 'GET', '/v1/me', { token })).status).toBe(401);
        if (!target().engines) return;
        await expect.poll(async () => (await call(target(), 'GET', `/v1/tenants/${id}`, operator())).status, { timeout: 15_000 }).toBe(404);
      });
    });

    describe('error', () => {
      it('a name that is taken is a conflict', async () => {
        const { name } = await tenantMake(target());
        const again = await call(target(), 'POST', '/v1/tenants', { ...operator(), json: { name } });
        expect(again.status).toBe(409);
        expect(again.json.detail).toContain(name);
      });

      it.each(['', 'Acme', '-a', 'a-', 'a_b', 'a'.repeat(64), 'a\n', '../a'])('a name cannot be %j', async (name) => {
        const refused = await call(target(), 'POST', '/v1/tenants', { ...operator(), json: { name } });
        expect(refused.status).toBe(400);
        expect(refused.json.errors).toEqual([{ field: 'name', message: expect.any(String) }]);
      });

      it('one that does not exist is not found, whatever is done to it', async () => {
        const path = `/v1/tenants/${crypto.randomUUID()}`;
        for (const [method, under, json] of [
          ['GET', ''],
          ['DELETE', ''],
          ['POST', '/tokens', { name: 'x' }],
          ['DELETE', `/tokens/${crypto.randomUUID()}`],
          ['DELETE', `/certificates/${crypto.randomUUID()}`],
        ] as [string, string, unknown?][]) {
          expect((await call(target(), method, path + under, { ...operator(), json })).status, `${method} ${under}`).toBe(404);
        }
      });

      it('one that is being deleted gets no new credential', async () => {
        const { id } = await tenantMake(target());
        await call(target(), 'DELETE', `/v1/tenants/${id}`, operator());
        const token = await call(target(), 'POST', `/v1/tenants/${id}/tokens`, { ...operator(), json: { name: 'late' } });
        expect([404, 409]).toContain(token.status);
      });
    });
  });
}
