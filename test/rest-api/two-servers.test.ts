import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installationUp, type RunningRest, restStart } from './rest-up.ts';
import { call } from './suite/target.ts';

describe('two servers of one installation', () => {
  let installation: Awaited<ReturnType<typeof installationUp>>;
  let one: RunningRest;
  let two: RunningRest;
  beforeAll(async () => {
    installation = await installationUp();
    one = await restStart(installation);
    two = await restStart(installation);
  });
  afterAll(async () => {
    await two?.stop();
    await one?.stop();
    await installation?.database.drop();
  });

  it('both refuse a token within a second of its revocation on one, though both remembered it', async () => {
    const owner = { token: installation.tenantToken };
    const path = `/v1/tenants/${installation.tenantId}/tokens`;
    for (let round = 0; round < 5; round++) {
      const { token, id } = (await call(one, 'POST', path, { ...owner, json: { name: 'short' } })).json;
      for (const server of [one, two]) expect((await call(server, 'GET', '/v1/me', { token })).status).toBe(200);
      expect((await call(one, 'DELETE', `${path}/${id}`, owner)).status).toBe(204);
      expect((await call(one, 'GET', '/v1/me', { token })).status).toBe(401);
      await expect.poll(async () => (await call(two, 'GET', '/v1/me', { token })).status, { timeout: 1_000, interval: 20 }).toBe(401);
    }
  });

  it('see what the other made', async () => {
    const { json } = await call(one, 'POST', '/v1/tenants', { token: installation.operatorToken, json: { name: 'shared' } });
    expect((await call(two, 'GET', `/v1/tenants/${json.id}`, { token: installation.operatorToken })).json).toEqual(json);
  });
});
