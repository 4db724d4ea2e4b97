import { describe, expect, it } from 'vitest';
import { call, nameMake, type Target } from './target.ts';

/** Without a host nothing happens but what is wished. */
export function eventsSuite(target: () => Target): void {
  describe('events', () => {
    const owner = () => ({ token: target().tenantToken });
    const make = async () => {
      const name = nameMake('told');
      const made = await call(target(), 'POST', '/v1/deployments', { ...owner(), json: { name, spec: { image: target().imageId } } });
      expect(made.status, made.text).toBe(202);
      return { name, id: made.json.deploymentId };
    };

    describe('happy', () => {
      it('tell of each revision of a deployment, page by page', async () => {
        const { name, id } = await make();
        await call(target(), 'PUT', `/v1/deployments/${name}`, {
          ...owner(),
          json: { spec: { image: target().imageId, env: { A: '1' } } },
        });
        const path = `/v1/events?deployment=${name}&action=released&limit=1`;
        const first = (await call(target(), 'GET', path, owner())).json;
        expect(first.items).toMatchObject([
          {
            type: 'deployment',
            action: 'released',
            actor: { id, name },
            deployment: name,
            attributes: { revision: '1' },
            synthesised: false,
          },
        ]);
        const second = (await call(target(), 'GET', `${path}&cursor=${first.next}`, owner())).json;
        expect(second.items[0].attributes).toEqual({ revision: '2' });
        expect(Number(second.items[0].id)).toBeGreaterThan(Number(first.items[0].id));
        expect(second.next).toBeNull();
      });

      it('and logs are followed where engines can be reached, and are not served elsewhere', async () => {
        const { name } = await make();
        const logs = await call(target(), 'GET', `/v1/deployments/${name}/logs`, owner());
        expect(logs.status, logs.text).toBe(target().engines ? 200 : 501);
        if (target().engines) expect(logs.text).toBe(': open\n\n');
      });
    });

    describe('error', () => {
      it('say what is no cursor and no id', async () => {
        expect((await call(target(), 'GET', '/v1/events?cursor=x', owner())).status).toBe(400);
        const stream = { accept: 'text/event-stream', 'last-event-id': 'x' };
        expect((await call(target(), 'GET', '/v1/events', { ...owner(), headers: stream })).status).toBe(target().engines ? 400 : 501);
      });
    });

    describe('security', () => {
      it("are a tenant's own", async () => {
        expect((await call(target(), 'GET', '/v1/events')).status).toBe(401);
        expect((await call(target(), 'GET', '/v1/events', { token: target().operatorToken })).status).toBe(403);
      });
    });
  });
}
