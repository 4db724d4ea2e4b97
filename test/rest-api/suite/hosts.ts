import { describe, expect, it } from 'vitest';
import { call, nameMake, type Target } from './target.ts';

/** Without an engine: what is asked, and how it fails. test/rest-api/hosts.test.ts adds hosts that are there. */
export function hostsSuite(target: () => Target): void {
  describe('hosts', () => {
    const operator = () => ({ token: target().operatorToken });

    describe('happy', () => {
      it('are listed for the operator', async () => {
        const list = await call(target(), 'GET', '/v1/hosts', operator());
        expect(list.status).toBe(200);
        expect(list.json).toEqual({ items: expect.any(Array), next: null });
      });
    });

    describe('error', () => {
      it.each([
        ['http://h:2375', 'url'],
        ['tcp://h', 'url'],
        ['tcp://h:2376/path', 'url'],
        ['tcp://user:pass@h:2376', 'url'],
        ['unix://relative', 'url'],
        ['tcp://h:2376', 'tls'],
      ])('the address %s without TLS is refused by its field', async (url, field) => {
        const refused = await call(target(), 'POST', '/v1/hosts', { ...operator(), json: { name: 'h', url } });
        expect(refused.status).toBe(400);
        expect(refused.json.errors[0].field).toBe(field);
      });

      it('TLS that is no PEM is refused by its field', async () => {
        const json = { name: 'h', url: 'tcp://h:1', tls: { ca: 'x', cert: 'y', key: 'z' } };
        const refused = await call(target(), 'POST', '/v1/hosts', { ...operator(), json });
        expect(refused.json.errors.map((error: { field: string }) => error.field)).toEqual(['tls.ca', 'tls.cert', 'tls.key']);
      });

      it('one that cannot be reached is not added, and the reason is told; a Worker says that it reaches none', async () => {
        const json = { name: nameMake('h'), url: 'unix:///nowhere/docker.sock' };
        const refused = await call(target(), 'POST', '/v1/hosts', { ...operator(), json });
        if (target().engines) {
          expect(refused.status).toBe(422);
          expect(refused.json.detail).toContain('no socket at that path');
        } else {
          expect(refused.status).toBe(501);
          expect(refused.json.detail).toContain('Worker');
        }
        expect((await call(target(), 'GET', '/v1/hosts', operator())).text).not.toContain(json.name);
      });

      it('one that does not exist is not found', async () => {
        const path = `/v1/hosts/${crypto.randomUUID()}`;
        expect((await call(target(), 'GET', path, operator())).status).toBe(404);
        expect((await call(target(), 'POST', `${path}/cordon`, operator())).status).toBe(404);
        expect((await call(target(), 'POST', `${path}/uncordon`, operator())).status).toBe(404);
        expect((await call(target(), 'DELETE', path, operator())).status).toBe(target().engines ? 404 : 501);
      });
    });
  });
}
