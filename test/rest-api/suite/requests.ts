import { describe, expect, it } from 'vitest';
import { call, type RestReply, type Target } from './target.ts';

export function requestsSuite(target: () => Target): void {
  describe('any request', () => {
    const operator = () => ({ token: target().operatorToken });

    function expectProblem(reply: RestReply, status: number): void {
      expect(reply.status).toBe(status);
      expect(reply.headers.get('content-type')).toBe('application/problem+json');
      expect(reply.json).toMatchObject({
        status,
        type: expect.stringMatching(/^urn:berth:problem:\w+$/),
        title: expect.any(String),
        detail: expect.any(String),
      });
      expect(reply.json.requestId).toBe(reply.headers.get('x-request-id'));
    }

    describe('happy', () => {
      it('is answered with an id of its own and with headers that keep browsers out', async () => {
        const [one, two] = [await call(target(), 'GET', '/healthz'), await call(target(), 'GET', '/healthz')];
        expect(one.headers.get('x-request-id')).not.toBe(two.headers.get('x-request-id'));
        expect(one.headers.get('x-content-type-options')).toBe('nosniff');
        expect(one.headers.get('content-security-policy')).toContain("default-src 'none'");
        expect(one.headers.get('cache-control')).toBe('no-store');
      });

      it('of a browser from elsewhere gets no permission', async () => {
        const preflight = await call(target(), 'OPTIONS', '/v1/tenants', {
          headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' },
        });
        const read = await call(target(), 'GET', '/v1/version', { headers: { origin: 'https://elsewhere.example' } });
        for (const reply of [preflight, read])
          expect([...reply.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      });

      it('about the server itself is answered', async () => {
        expect((await call(target(), 'GET', '/healthz')).json).toEqual({ status: 'ok' });
        expect((await call(target(), 'GET', '/readyz')).json).toEqual({ status: 'ready' });
        expect((await call(target(), 'GET', '/v1/version')).json).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
        expect((await call(target(), 'GET', '/v1/me', operator())).json).toMatchObject({ kind: 'operator', tenant: null });
      });

      it('is counted by route and status, for the operator', async () => {
        await call(target(), 'GET', `/v1/tenants/${crypto.randomUUID()}`, operator());
        const { text, headers } = await call(target(), 'GET', '/metrics', operator());
        expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
        expect(text).toMatch(/^berth_requests_total\{face="rest",route="GET \/v1\/tenants\/\{tenantId\}",status="404"\} \d+$/m);
        expect(text).toMatch(/^berth_request_seconds_count\{face="rest",route="GET \/healthz"\} \d+$/m);
        expect(text).toMatch(/^process_start_time_seconds \d+/m);
        expect(text).toMatch(/^# TYPE berth_containers gauge$/m);
        if (target().engines) expect(text).toMatch(/^berth_bus_hears 1$/m);
      });
    });

    describe('error', () => {
      it.each([
        ['GET', '/'],
        ['GET', '/v1'],
        ['GET', '/v1/nothing'],
        ['PUT', '/v1/tenants'],
        ['GET', '/v1/tenants/'],
        ['GET', '/v1/../healthz/x'],
        ['GET', '/containers/json'],
      ])('to %s %s is a problem: not found', async (method, path) => {
        expectProblem(await call(target(), method, path, operator()), 404);
      });

      it.each([
        ['cut off', '{"name":'],
        ['no JSON', 'name=x'],
        ['empty', ''],
        ['of two documents', '{} {}'],
      ])('with a body that is %s is malformed', async (_what, body) => {
        const reply = await call(target(), 'POST', '/v1/tenants', { ...operator(), body, headers: { 'content-type': 'application/json' } });
        expectProblem(reply, 400);
      });

      it.each(['null', '[]', '"x"', '7'])('with %s for a body names what is wrong', async (body) => {
        const reply = await call(target(), 'POST', '/v1/tenants', { ...operator(), body, headers: { 'content-type': 'application/json' } });
        expectProblem(reply, 400);
        expect(reply.json.errors[0].field).toBe('body');
      });

      it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
        'with a body of type %s is told to send JSON',
        async (type) => {
          const reply = await call(target(), 'POST', '/v1/tenants', {
            ...operator(),
            body: '{"name":"x"}',
            headers: { 'content-type': type },
          });
          expectProblem(reply, 400);
          expect(reply.json.detail).toContain('application/json');
        },
      );

      it('with more than 1 MiB is too large, with a length and without', async () => {
        const body = JSON.stringify({ name: 'x'.repeat(1024 * 1024) });
        const headers = { 'content-type': 'application/json' };
        expectProblem(await call(target(), 'POST', '/v1/tenants', { ...operator(), body, headers }), 413);
        expectProblem(await call(target(), 'POST', '/v1/tenants', { ...operator(), body: new Blob([body]).stream(), headers }), 413);
      });

      it('with a field that is unknown is refused by its name, also deep inside', async () => {
        const tls = {
          ca: '-----BEGIN CERTIFICATE-----',
          cert: '-----BEGIN CERTIFICATE-----',
          key: '-----BEGIN PRIVATE KEY-----',
          sni: 'x',
        };
        const reply = await call(target(), 'POST', '/v1/hosts', { ...operator(), json: { name: 'h', url: 'tcp://h:1', tls } });
        expectProblem(reply, 400);
        expect(reply.json.errors).toEqual([{ field: 'tls.sni', message: 'is not known here' }]);
      });

      it.each([
        'limit=0',
        'limit=201',
        'limit=x',
        'limit=1.5',
        'limit=',
        'limit=1&limit=2',
        'cursor=x',
        'cursor=',
        'page=2',
        `cursor=${btoa(`token ${crypto.randomUUID()}`)}`,
      ])('for a list with ?%s is malformed', async (query) => {
        const reply = await call(target(), 'GET', `/v1/tenants?${query}`, operator());
        expectProblem(reply, 400);
        expect(reply.json.detail).toMatch(/^(limit|cursor|page): /);
      });

      it('with an id that is none is malformed', async () => {
        const reply = await call(target(), 'GET', "/v1/tenants/1'or'1", operator());
        expectProblem(reply, 400);
        expect(reply.json.errors).toEqual([{ field: 'tenantId', message: expect.any(String) }]);
      });
    });

    describe('security', () => {
      it('with __proto__ in it changes nothing', async () => {
        const reply = await call(target(), 'POST', '/v1/tenants', {
          ...operator(),
          body: '{"name":"proto-1","__proto__":{"admin":true}}',
          headers: { 'content-type': 'application/json' },
        });
        expect(reply.status).toBe(400);
        expect(({} as { admin?: boolean }).admin).toBeUndefined();
      });
    });
  });
}
