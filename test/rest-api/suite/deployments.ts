import { describe, expect, it } from 'vitest';
import { call, nameMake, type Target, tenantMake } from './target.ts';

/** Wishes as they are written down: there is no host here, so nothing comes of them. */
export function deploymentsSuite(target: () => Target): void {
  describe('deployments', () => {
    const owner = () => ({ token: target().tenantToken });
    const imageId = () => target().imageId;
    const post = (path: string, json?: unknown, headers: Record<string, string> = {}) =>
      call(target(), 'POST', `/v1/deployments${path}`, { ...owner(), headers, json });
    const make = (spec: object = {}, name = nameMake('web'), headers: Record<string, string> = {}) =>
      post('', { name, spec: { image: imageId(), ...spec } }, headers);
    const get = (path: string) => call(target(), 'GET', `/v1/deployments${path}`, owner());
    const made = async (spec: object = {}) => {
      const name = nameMake('web');
      const reply = await make(spec, name);
      expect(reply.status, reply.text).toBe(202);
      return name;
    };

    describe('happy', () => {
      it('are wished for: the answer is an operation, and the wish can be read and sent back as it is', async () => {
        const name = nameMake('web');
        const wished = await make({ replicas: 2, env: { A: 'b=c' }, update: { order: 'stop-first', delay: '1m30s' } }, name);
        expect(wished.status, wished.text).toBe(202);
        expect(wished.json).toMatchObject({ kind: 'create', version: 1, state: 'running', endedAt: null });
        const read = await get(`/${name}`);
        expect(read.headers.get('etag')).toBe('"1"');
        expect(read.json).toMatchObject({
          id: wished.json.deploymentId,
          name,
          replicas: 2,
          revision: 1,
          version: 1,
          image: { id: imageId() },
        });
        expect(read.json.spec).toMatchObject({ env: { A: 'b=c' }, update: { order: 'stop-first', delay: '90s' } });
        const json = { spec: read.json.spec };
        const sent = await call(target(), 'PUT', `/v1/deployments/${name}`, { ...owner(), headers: { 'if-match': '"1"' }, json });
        expect(sent.status, sent.text).toBe(202);
        const again = await get(`/${name}`);
        expect(again.json.spec).toEqual(read.json.spec);
        expect(again.json).toMatchObject({ revision: 2, version: 2 });
      });

      it('keep the name an image was asked by, and the id it had then', async () => {
        const name = await made({ image: 'known:1' });
        expect((await get(`/${name}`)).json.image).toEqual({ name: 'known:1', id: imageId() });
      });

      it('are scaled, paused, resumed, restarted and rolled back, each by an operation of its own', async () => {
        const name = await made({ env: { V: '1' } });
        await call(target(), 'PUT', `/v1/deployments/${name}`, { ...owner(), json: { spec: { image: imageId(), env: { V: '2' } } } });
        expect((await post(`/${name}/scale`, { replicas: 5 })).json).toMatchObject({ kind: 'scale', version: 3 });
        expect((await post(`/${name}/pause`)).json.kind).toBe('pause');
        expect((await get(`/${name}`)).json).toMatchObject({ replicas: 5, state: 'paused' });
        expect((await post(`/${name}/resume`)).json.kind).toBe('resume');
        expect((await post(`/${name}/restart`)).json.kind).toBe('restart');
        expect((await post(`/${name}/rollback`, { revision: 1 })).json).toMatchObject({ kind: 'rollback', version: 7 });
        const read = (await get(`/${name}`)).json;
        expect(read).toMatchObject({ state: 'active', revision: 1, replicas: 5 });
        expect(read.spec.env).toEqual({ V: '1' });
        const operations = (await get(`/${name}/operations`)).json.items;
        expect(operations.map(({ kind }: { kind: string }) => kind).sort()).toEqual([
          'create',
          'pause',
          'restart',
          'resume',
          'rollback',
          'scale',
          'update',
        ]);
      });

      it('have revisions that never change', async () => {
        const name = await made({ env: { V: '1' } });
        await call(target(), 'PUT', `/v1/deployments/${name}`, { ...owner(), json: { spec: { image: 'known:1', env: { V: '2' } } } });
        const { items } = (await get(`/${name}/revisions`)).json;
        expect(items.map((item: { number: number }) => item.number)).toEqual([2, 1]);
        expect((await get(`/${name}/revisions/1`)).json).toEqual(items[1]);
        expect(items[1].spec.env).toEqual({ V: '1' });
      });

      it('are deleted once, however often it is asked for', async () => {
        const name = await made();
        const first = await call(target(), 'DELETE', `/v1/deployments/${name}`, owner());
        expect(first.json).toMatchObject({ kind: 'delete' });
        const again = await call(target(), 'DELETE', `/v1/deployments/${name}`, owner());
        // Where a driver is, it may be gone by now.
        if (again.status !== 404) expect(again.json).toEqual(first.json);
        const read = await get(`/${name}`);
        if (read.status !== 404) expect(read.json.state).toBe('deleting');
      });

      it('are listed with how many of their replicas serve', async () => {
        const name = await made({ replicas: 3 });
        const { items } = (await get('?limit=200')).json;
        expect(items).toContainEqual(expect.objectContaining({ name, replicas: 3, ready: 0, phase: 'progressing' }));
      });

      it('come as a stack, all at once; what is the same is left alone, and what is left out goes when asked', async () => {
        const stack = nameMake('s');
        const part = (name: string, env: object = {}) => ({
          name: `${stack}_${name}`,
          spec: { image: imageId(), env, networks: [{ name: `${stack}_default` }] },
        });
        const apply = (deployments: object[], prune = false) =>
          call(target(), 'PUT', `/v1/stacks/${stack}`, {
            ...owner(),
            json: { networks: [{ name: `${stack}_default` }], volumes: [{ name: `${stack}_data` }], deployments, prune },
          });
        const first = await apply([part('db'), part('web')]);
        expect(first.status, first.text).toBe(202);
        expect(first.json.operations.map(({ name, kind }: { name: string; kind: string }) => `${name} ${kind}`)).toEqual([
          `${stack}_db create`,
          `${stack}_web create`,
        ]);
        expect((await apply([part('db'), part('web')])).json).toEqual({ operations: [], unchanged: [`${stack}_db`, `${stack}_web`] });
        const third = await apply([part('web', { A: '1' })], true);
        expect(third.json.operations.map(({ name, kind }: { name: string; kind: string }) => `${name} ${kind}`)).toEqual([
          `${stack}_web update`,
          `${stack}_db delete`,
        ]);
      });
    });

    describe('idempotency', () => {
      it('a request that is sent again with its key gets the same answer, and nothing is done twice', async () => {
        const name = nameMake('web');
        const key = { 'idempotency-key': crypto.randomUUID() };
        const first = await make({}, name, key);
        const again = await make({}, name, key);
        expect(again.status).toBe(202);
        expect(again.json).toEqual(first.json);
        expect(again.headers.get('idempotency-replayed')).toBe('true');
        const scale = { 'idempotency-key': crypto.randomUUID() };
        await post(`/${name}/restart`, undefined, scale);
        await post(`/${name}/restart`, undefined, scale);
        expect((await get(`/${name}`)).json.version).toBe(2);
      });

      it('requests with one key at the same time are one', async () => {
        const name = nameMake('web');
        const key = { 'idempotency-key': crypto.randomUUID() };
        const replies = await Promise.all([1, 2, 3, 4].map(() => make({}, name, key)));
        expect(replies.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
        expect(new Set(replies.map(({ json }) => json.id)).size).toBe(1);
      });

      it('a failure is an answer too', async () => {
        const key = { 'idempotency-key': crypto.randomUUID() };
        const first = await make({ placement: { constraints: ['host.labels.zone==nowhere'] } }, undefined, key);
        expect(first.status).toBe(422);
      });

      it('the same key with another body, or for another thing, is refused', async () => {
        const key = { 'idempotency-key': crypto.randomUUID() };
        const name = nameMake('web');
        await make({}, name, key);
        const other = await make({ replicas: 2 }, name, key);
        expect(other.status).toBe(422);
        expect(other.json.detail).toContain('Idempotency-Key');
        expect((await post(`/${name}/restart`, undefined, key)).status).toBe(422);
      });

      it('two tenants may use the same key', async () => {
        const key = { 'idempotency-key': crypto.randomUUID() };
        await make({}, undefined, key);
        const other = await tenantMake(target());
        const reply = await call(target(), 'POST', '/v1/deployments/none/restart', { token: other.token, headers: key });
        expect(reply.status).toBe(404);
      });

      it('a key that is none is refused', async () => {
        expect((await make({}, undefined, { 'idempotency-key': 'a b' })).status).toBe(400);
      });
    });

    describe('error', () => {
      it('a change that is based on an old version is refused, whatever it is, and changes nothing', async () => {
        const name = await made();
        await post(`/${name}/scale`, { replicas: 2 });
        const stale = { 'if-match': '"1"' };
        const put = await call(target(), 'PUT', `/v1/deployments/${name}`, {
          ...owner(),
          headers: stale,
          json: { spec: { image: imageId() } },
        });
        expect(put.status).toBe(412);
        expect(put.json.detail).toContain('version 2');
        expect((await post(`/${name}/scale`, { replicas: 9 }, stale)).status).toBe(412);
        expect((await call(target(), 'DELETE', `/v1/deployments/${name}`, { ...owner(), headers: stale })).status).toBe(412);
        expect((await get(`/${name}`)).json).toMatchObject({ version: 2, replicas: 2 });
        expect((await post(`/${name}/scale`, { replicas: 3 }, { 'if-match': '"2"' })).status).toBe(202);
      });

      it.each([
        ['no image', { image: '' }, 400, 'image'],
        ['an unknown field', { imagee: 'x' }, 403, 'imagee'],
        ['a size that is none', { resources: { limits: { memory: 'much' } } }, 400, 'resources.limits.memory'],
        ['a negative number', { replicas: -1 }, 403, 'replicas'],
        ['a network that is not there', { networks: [{ name: 'nowhere' }] }, 422, 'networks'],
        ['a constraint that no host meets', { placement: { constraints: ['host.arch==vax'] } }, 422, 'placement.constraints'],
        ['an unknown constraint', { placement: { constraints: ['node.role==manager'] } }, 403, 'node.role'],
        ['a port published twice', { ports: [1, 2].map((target) => ({ target, published: 4000 })) }, 400, 'ports'],
      ])('%s is refused and named', async (_what, spec, status, named) => {
        const reply = await make(spec);
        expect(reply.status, reply.text).toBe(status);
        expect(reply.json.detail).toContain(named);
      });

      it('an image that nobody has is refused where it can be looked for; a Worker says that it pulls none', async () => {
        const reply = await make({ image: 'nowhere:1' });
        expect(reply.status, reply.text).toBe(target().engines ? 503 : 501);
      });

      it('a name that is taken, and a port that another deployment has', async () => {
        const port = 20_000 + Math.floor(Math.random() * 10_000);
        const name = await made({ ports: [{ target: 80, published: port }] });
        expect((await make({}, name)).status).toBe(409);
        const taken = await make({ ports: [{ target: 80, published: port }] });
        expect(taken.status).toBe(409);
        expect(taken.json.detail).toContain(`${port}/tcp`);
        expect((await make({ ports: [{ target: 80, published: port, protocol: 'udp' }] })).status).toBe(202);
        const again = await call(target(), 'PUT', `/v1/deployments/${name}`, {
          ...owner(),
          json: { spec: (await get(`/${name}`)).json.spec },
        });
        expect(again.status, again.text).toBe(202);
      });

      it('a stack with one part that is wrong changes nothing', async () => {
        const stack = nameMake('s');
        const deployments = [
          { name: `${stack}_a`, spec: { image: imageId() } },
          { name: `${stack}_b`, spec: { image: imageId(), privileged: true } },
        ];
        const reply = await call(target(), 'PUT', `/v1/stacks/${stack}`, { ...owner(), json: { deployments } });
        expect(reply.status).toBe(403);
        expect(reply.json.detail).toContain(`${stack}_b: privileged`);
        expect((await get(`/${stack}_a`)).status).toBe(404);
      });

      it('waiting ends with the reason', async () => {
        const name = await made();
        const late = await get(`/${name}/wait?for=healthy&timeout=300ms`);
        expect(late.status).toBe(504);
        expect(late.json.detail).toMatch(/not ready yet: \w+/);
      });

      it('an operation can be watched for a while', async () => {
        const { json } = await make();
        const read = await call(target(), 'GET', `/v1/operations/${json.id}?wait=300ms`, owner());
        expect(read.json).toEqual(json);
      });

      it('what is not there is not found', async () => {
        const name = await made();
        expect((await get('/nothing')).status).toBe(404);
        expect((await get(`/${name}/revisions/7`)).status).toBe(404);
        expect((await post(`/${name}/rollback`, { revision: 7 })).status).toBe(404);
        expect((await post(`/${name}/rollback`, {})).status).toBe(409);
      });
    });

    describe('security', () => {
      it('nothing of it is there for another tenant, by id or by name', async () => {
        const name = nameMake('web');
        const { json } = await make({ env: { PASSWORD: 'hunter2' } }, name);
        const other = await tenantMake(target());
        for (const reference of [name, json.deploymentId]) {
          for (const [method, path, body] of [
            ['GET', ''],
            ['GET', '/revisions'],
            ['GET', '/revisions/1'],
            ['GET', '/operations'],
            ['GET', '/wait?for=healthy'],
            ['PUT', '', { spec: { image: 'x' } }],
            ['DELETE', ''],
            ['POST', '/scale', { replicas: 0 }],
            ['POST', '/rollback', {}],
            ['POST', '/pause'],
            ['POST', '/resume'],
            ['POST', '/restart'],
          ] as [string, string, unknown?][]) {
            const reply = await call(target(), method, `/v1/deployments/${reference}${path}`, { token: other.token, json: body });
            expect(reply.status, `${method} ${path}`).toBe(404);
          }
        }
        expect((await call(target(), 'GET', `/v1/operations/${json.id}`, { token: other.token })).status).toBe(404);
        expect((await call(target(), 'GET', '/v1/deployments', { token: other.token })).json.items).toEqual([]);
        expect((await get(`/${name}`)).json).toMatchObject({ version: 1, state: 'active' });
      });

      it("another tenant's image is none", async () => {
        const other = await tenantMake(target());
        const reply = await call(target(), 'POST', '/v1/deployments', {
          token: other.token,
          json: { name: 'x', spec: { image: imageId() } },
        });
        expect([400, 422, 501, 503]).toContain(reply.status);
      });

      it('an operator has none of its own', async () => {
        expect((await call(target(), 'GET', '/v1/deployments', { token: target().operatorToken })).status).toBe(403);
      });
    });
  });
}
