import { describe, expect, it } from 'vitest';
import { call, type Target, tenantMake } from './target.ts';

export function tokensSuite(target: () => Target): void {
  describe('tokens', () => {
    const mine = () => `/v1/tenants/${target().tenantId}/tokens`;
    const owner = () => ({ token: target().tenantToken });

    describe('happy', () => {
      it('are shown once, work, and are listed by name and beginning only', async () => {
        const made = await call(target(), 'POST', mine(), { ...owner(), json: { name: 'ci ünï' } });
        expect(made.status).toBe(201);
        const { token, id, prefix } = made.json;
        expect(token).toMatch(/^berth_[\w-]{49}$/);
        expect(token.startsWith(prefix)).toBe(true);
        expect((await call(target(), 'GET', '/v1/me', { token })).json).toMatchObject({ credentialId: id });
        const list = () => call(target(), 'GET', `${mine()}?limit=200`, owner());
        // That a token was used is written beside the answer, which does not wait for it.
        const used = async () => (await list()).json.items.find((item: { id: string }) => item.id === id)?.lastUsedAt;
        await expect.poll(used, { timeout: 5_000 }).toEqual(expect.any(String));
        const { json, text } = await list();
        expect(json.items).toContainEqual({
          id,
          name: 'ci ünï',
          prefix,
          createdAt: made.json.createdAt,
          expiresAt: null,
          revokedAt: null,
          ...{ scopes: ['read', 'run', 'exec', 'deploy', 'admin'], deployments: null, addresses: null },
          lastUsedAt: expect.anything(),
        });
        expect(text).not.toContain(token);
      });

      it('are worth nothing from the answer to their revocation on, and revoking twice is fine', async () => {
        const { json } = await call(target(), 'POST', mine(), { ...owner(), json: { name: 'short' } });
        expect((await call(target(), 'GET', '/v1/me', { token: json.token })).status).toBe(200);
        expect((await call(target(), 'DELETE', `${mine()}/${json.id}`, owner())).status).toBe(204);
        expect((await call(target(), 'GET', '/v1/me', { token: json.token })).status).toBe(401);
        expect((await call(target(), 'DELETE', `${mine()}/${json.id}`, owner())).status).toBe(204);
      });

      it('end when they were told to', async () => {
        const expiresAt = new Date(Date.now() + 3_000).toISOString();
        const { json } = await call(target(), 'POST', mine(), { ...owner(), json: { name: 'brief', expiresAt } });
        expect(json.expiresAt).toBe(expiresAt);
        await expect.poll(async () => (await call(target(), 'GET', '/v1/me', { token: json.token })).status, { timeout: 7_000 }).toBe(401);
        expect(Date.now()).toBeGreaterThan(Date.parse(expiresAt) - 200);
      });

      it('can revoke themselves', async () => {
        const { json } = await call(target(), 'POST', mine(), { ...owner(), json: { name: 'self' } });
        expect((await call(target(), 'DELETE', `${mine()}/${json.id}`, { token: json.token })).status).toBe(204);
        expect((await call(target(), 'GET', '/v1/me', { token: json.token })).status).toBe(401);
      });
    });

    it('of operators are made, listed apart from those of tenants, and revoked', async () => {
      const operator = { token: target().operatorToken };
      const made = await call(target(), 'POST', '/v1/operator-tokens', { ...operator, json: { name: 'on call' } });
      expect(made.status).toBe(201);
      const { token, id, prefix } = made.json;
      expect((await call(target(), 'GET', '/v1/me', { token })).json).toMatchObject({ kind: 'operator', credentialId: id });
      const list = await call(target(), 'GET', '/v1/operator-tokens?limit=200', { token });
      expect(list.json.items).toContainEqual(expect.objectContaining({ id, prefix, name: 'on call' }));
      const own = await call(target(), 'GET', `${mine()}?limit=200`, owner());
      for (const { id: ofTenant } of own.json.items) {
        expect(list.text).not.toContain(ofTenant);
        expect((await call(target(), 'DELETE', `/v1/operator-tokens/${ofTenant}`, operator)).status).toBe(404);
      }
      expect((await call(target(), 'DELETE', `${mine()}/${id}`, operator)).status).toBe(404);
      expect((await call(target(), 'DELETE', `/v1/operator-tokens/${id}`, { token })).status).toBe(204);
      expect((await call(target(), 'GET', '/v1/me', { token })).status).toBe(401);
    });

    describe('error', () => {
      it.each([
        ['no name', {}, 'name'],
        ['an empty name', { name: '' }, 'name'],
        ['a name with a control character', { name: 'a\u001b[31m' }, 'name'],
        ['a number for a name', { name: 7 }, 'name'],
        ['an unknown field', { name: 'x', powers: [] }, 'powers'],
        ['an end that is no time', { name: 'x', expiresAt: 'tomorrow' }, 'expiresAt'],
      ])('%s is refused by its field', async (_what, json, field) => {
        const refused = await call(target(), 'POST', mine(), { ...owner(), json });
        expect(refused.status).toBe(400);
        expect(refused.json.errors.map((error: { field: string }) => error.field)).toEqual([field]);
        expect(refused.json.detail).toContain(field);
      });

      it('an end in the past is refused', async () => {
        const refused = await call(target(), 'POST', mine(), { ...owner(), json: { name: 'x', expiresAt: '2020-01-01T00:00:00Z' } });
        expect(refused.status).toBe(400);
        expect(refused.json.detail).toContain('past');
      });
    });

    describe('security', () => {
      it('unknown, mistyped, revoked and expired ones, and what is no token, are told apart by nobody', async () => {
        const { json } = await call(target(), 'POST', mine(), { ...owner(), json: { name: 'revoked' } });
        await call(target(), 'DELETE', `${mine()}/${json.id}`, owner());
        const mistyped = `${json.token.slice(0, -1)}${json.token.endsWith('A') ? 'B' : 'A'}`;
        const answers = [];
        for (const authorization of [
          `Bearer ${json.token}`,
          `Bearer ${mistyped}`,
          'Bearer x',
          'Basic YTpi',
          `Bearer ${'a'.repeat(5000)}`,
          'Bearer',
        ]) {
          const { status, headers, json: problem } = await call(target(), 'GET', '/v1/me', { headers: { authorization } });
          expect(headers.get('www-authenticate')).toBe('Bearer realm="berth"');
          answers.push({ status, ...problem, requestId: undefined });
        }
        const none = await call(target(), 'GET', '/v1/me');
        answers.push({ status: none.status, ...none.json, requestId: undefined });
        expect(answers[0]?.status).toBe(401);
        for (const answer of answers) expect(answer).toEqual(answers[0]);
      });

      it('one tenant cannot revoke the token of another, even through its own path', async () => {
        const other = await tenantMake(target());
        expect((await call(target(), 'DELETE', `/v1/tenants/${other.id}/tokens/${other.tokenId}`, owner())).status).toBe(404);
        expect((await call(target(), 'DELETE', `${mine()}/${other.tokenId}`, owner())).status).toBe(404);
        expect((await call(target(), 'GET', '/v1/me', { token: other.token })).status).toBe(200);
      });
    });
  });
}
