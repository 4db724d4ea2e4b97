import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BerthError } from '../../src/domain/errors.ts';
import { type RunningRest, restUp } from './rest-up.ts';
import { call } from './suite/target.ts';

/** What only a process on Node has: a bus, a log to look into, failures to be made. */
describe('the REST API of a server', () => {
  let rest: RunningRest;
  let hears = true;
  let failure: unknown = null;

  beforeAll(async () => {
    rest = await restUp((deps) => ({
      ...deps,
      engines: deps.engines && { ...deps.engines, hears: () => hears },
      clientAuthority: () => Promise.reject(failure),
    }));
  });
  afterAll(() => rest?.stop());

  const sign = (token: string) => call(rest, 'POST', `/v1/tenants/${rest.tenantId}/certificates`, { token, json: { name: 'x', csr: 'y' } });

  describe('happy', () => {
    it('tells where the Docker endpoint is and what signed its certificate', async () => {
      const { status, json } = await call(rest, 'GET', '/v1/endpoint', { token: rest.tenantToken });
      expect(status).toBe(200);
      expect(json).toEqual({ url: 'tcp://localhost:2376', authority: expect.stringMatching(/^-----BEGIN CERTIFICATE-----/) });
    });

    it('writes one line for each request, with its id, its status and whose credential it was', async () => {
      const me = await call(rest, 'GET', '/v1/me?x', { token: rest.tenantToken });
      const line = rest.log.map((text) => JSON.parse(text)).find(({ requestId }) => requestId === me.headers.get('x-request-id'));
      expect(line).toMatchObject({
        level: 'info',
        method: 'GET',
        path: '/v1/me',
        status: 200,
        ms: expect.any(Number),
        credential: me.json.credentialId,
      });
    });

    it('says what the process uses', async () => {
      const { text } = await call(rest, 'GET', '/metrics', { token: rest.operatorToken });
      expect(text).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
      expect(text).toMatch(/^process_cpu_seconds_total [\d.]+$/m);
      expect(text).toMatch(/^berth_streams_open\{face="docker"\} 0$/m);
    });
  });

  describe('a request whose server died before it answered', () => {
    it('is found done when it is sent again with its key, and is not done twice', async () => {
      const token = rest.tenantToken;
      await call(rest, 'POST', '/v1/deployments', { token, json: { name: 'survivor', spec: { image: rest.imageId } } });
      const key = crypto.randomUUID();
      const restart = () => call(rest, 'POST', '/v1/deployments/survivor/restart', { token, headers: { 'idempotency-key': key } });
      const first = await restart();
      const { db } = rest.deps.system;
      await db.execute(
        sql`update idempotency set status = null, response = null, created_at = now() - interval '1 minute' where key = ${key}`,
      );
      const again = await restart();
      expect(again.json.id).toBe(first.json.id);
      expect((await call(rest, 'GET', '/v1/deployments/survivor', { token })).json.version).toBe(2);
    });
  });

  describe('error', () => {
    it('is not ready while it does not hear the others, and lives all the same', async () => {
      hears = false;
      const ready = await call(rest, 'GET', '/readyz');
      expect(ready.status).toBe(503);
      expect(ready.json.detail).toContain('hear');
      expect((await call(rest, 'GET', '/healthz')).status).toBe(200);
      expect((await call(rest, 'GET', '/metrics', { token: rest.operatorToken })).text).toMatch(/^berth_bus_hears 0$/m);
      hears = true;
      expect((await call(rest, 'GET', '/readyz')).status).toBe(200);
    });
  });

  describe('security', () => {
    it('says nothing of a fault of its own but the id by which the log has it', async () => {
      failure = new Error('connect 10.0.0.7:5432', { cause: new Error('password=hunter2') });
      const { status, json, text } = await sign(rest.operatorToken);
      expect(status).toBe(500);
      expect(text).not.toMatch(/10\.0\.0\.7|hunter2/);
      const line = rest.log.find((entry) => entry.includes(json.requestId) && entry.includes('"error"'));
      expect(line).toContain('10.0.0.7');
    });

    it('shows the detail of an error to operators only', async () => {
      failure = new BerthError('unavailable', 'No room.', { detail: 'fra-1 is full' });
      expect((await sign(rest.operatorToken)).json).toMatchObject({ status: 503, detail: 'No room.', operatorDetail: 'fra-1 is full' });
      expect((await sign(rest.tenantToken)).text).not.toContain('fra-1');
    });

    it('writes no token into its log', async () => {
      const { json } = await call(rest, 'POST', `/v1/tenants/${rest.tenantId}/tokens`, { token: rest.tenantToken, json: { name: 'x' } });
      await call(rest, 'GET', `/v1/${json.token}`, { token: json.token });
      const log = rest.log.join('\n');
      expect(log).toContain('/v1/berth_[redacted]');
      for (const token of [json.token, rest.tenantToken, rest.operatorToken]) expect(log).not.toContain(token.slice(6, 40));
    });

    it("asks for an operator's token to be counted", async () => {
      expect((await call(rest, 'GET', '/metrics')).status).toBe(401);
      expect((await call(rest, 'GET', '/metrics', { token: rest.tenantToken })).status).toBe(403);
    });
  });
});
