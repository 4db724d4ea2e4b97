import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenMint } from '../../src/auth/token.ts';
import { operatorTokenInsert } from '../../src/db/store/credential.ts';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { fakeRegistryFetch } from '../fakes/registry.ts';
import { FleetAuthority } from '../fleet/certificates.ts';
import { type Berth, berthUp } from '../harness.ts';
import { call, nameMake } from './suite/target.ts';

interface Pems {
  ca: string;
  cert: string;
  key: string;
}

/** Hosts that are there, and what is on them: a whole server with fake engines on TLS. */
describe('hosts with engines', () => {
  let berth: Berth;
  let url: string;
  let token: string;
  let engine: FakeEngine;
  let tls: Pems;
  let strangerTls: Pems;

  beforeAll(async () => {
    berth = await berthUp({ hosts: [], registryFetch: fakeRegistryFetch() });
    url = `http://127.0.0.1:${berth.server.httpPort}`;
    const minted = await tokenMint();
    await operatorTokenInsert(berth.server.app.system, { name: 'test', hash: minted.hash, prefix: minted.prefix, expiresAt: null });
    token = minted.text;
    const [authority, stranger] = [await FleetAuthority.create(), await FleetAuthority.create()];
    engine = await fakeEngineStart({ listen: { ca: authority.ca, ...(await authority.issue('127.0.0.1')) } });
    tls = { ca: authority.ca, ...(await authority.issue()) };
    strangerTls = { ca: stranger.ca, ...(await stranger.issue()) };
  });
  afterAll(async () => {
    await berth?.stop();
    await engine?.stop();
  });

  const rest = (method: string, path: string, json?: unknown) => call({ url }, method, path, { token, json });
  const add = (json: object) => rest('POST', '/v1/hosts', { name: nameMake('h'), ...json });
  const ready = (id: string) =>
    expect.poll(async () => (await rest('GET', `/v1/hosts/${id}`)).json.state, { timeout: 10_000 }).toBe('ready');

  describe('happy', () => {
    it('one is added, takes containers, is cordoned, emptied and removed', async () => {
      const added = await add({ url: engine.url, tls, labels: { zone: 'a' }, tenants: ['*'] });
      expect(added.status).toBe(201);
      expect(added.json).toMatchObject({ url: engine.url, labels: { zone: 'a' }, state: 'joining', cordoned: false });
      expect(added.text).not.toContain('PRIVATE KEY');
      const path = `/v1/hosts/${added.json.id}`;
      await ready(added.json.id);
      expect((await rest('GET', path)).json).toMatchObject({ architecture: expect.any(String), memoryBytes: expect.any(Number) });

      const { red } = berth.tenants;
      const image = await red?.call('POST', '/v1.41/images/create?fromImage=busybox&tag=latest');
      expect(image?.status).toBe(200);
      const made = await red?.call('POST', '/v1.41/containers/create?name=web', { json: { Image: 'busybox', HostConfig: {} } });
      expect(made?.status, made?.text).toBe(201);

      const early = await rest('DELETE', path);
      expect(early.status).toBe(409);
      expect(early.json.detail).toContain('Cordon it first');

      expect((await rest('POST', `${path}/cordon`)).json.cordoned).toBe(true);
      const occupied = await rest('DELETE', path);
      expect(occupied.status).toBe(409);
      expect(occupied.json.detail).toContain('1 containers');
      await expect
        .poll(async () => (await red?.call('POST', '/v1.41/containers/create', { json: { Image: 'busybox' } }))?.status)
        .toBe(503);

      expect((await red?.call('DELETE', '/v1.41/containers/web'))?.status).toBe(204);
      expect((await rest('POST', `${path}/uncordon`)).json.cordoned).toBe(false);
      expect((await rest('POST', `${path}/cordon`)).json.cordoned).toBe(true);
      expect((await rest('DELETE', path)).status).toBe(204);
      expect((await rest('GET', path)).status).toBe(404);
      expect([...engine.networks.values()].filter(({ name }) => name.startsWith('berth-'))).toEqual([]);
      await expect.poll(() => berth.server.app.fleet.hosts().length).toBe(0);
    });

    it('a tenant is deleted with its last container and volume on them', async () => {
      const host = await add({ url: engine.url, tls, tenants: ['*'] });
      await ready(host.json.id);
      const { blue } = berth.tenants;
      await blue?.call('POST', '/v1.41/images/create?fromImage=busybox&tag=latest');
      const body = { Image: 'busybox', Cmd: ['sh', '-c', 'while true; do sleep 1; done'], HostConfig: { Binds: ['data:/data'] } };
      const made = await blue?.call('POST', '/v1.41/containers/create?name=web', { json: body });
      expect(made?.status, made?.text).toBe(201);
      expect((await blue?.call('POST', '/v1.41/containers/web/start'))?.status).toBe(204);
      expect([engine.containers.size, engine.volumes.size]).toEqual([1, 1]);

      expect((await rest('DELETE', `/v1/tenants/${blue?.id}`)).status).toBe(202);
      expect((await blue?.call('GET', '/v1.41/containers/json'))?.status).toBe(401);
      await expect.poll(async () => (await rest('GET', `/v1/tenants/${blue?.id}`)).status, { timeout: 20_000 }).toBe(404);
      expect([engine.containers.size, engine.volumes.size]).toEqual([0, 0]);
    });
  });

  describe('error', () => {
    async function refused(json: object): Promise<string> {
      const reply = await add(json);
      expect(reply.status, reply.text).toBe(422);
      return reply.json.detail;
    }

    it('an engine of another authority', async () => {
      expect(await refused({ url: engine.url, tls: { ...tls, ca: strangerTls.ca } })).toContain('tls.ca did not sign');
    });

    it('a certificate for another name', async () => {
      expect(await refused({ url: engine.url.replace('127.0.0.1', 'localhost'), tls })).toContain('for another name');
    });

    it('a client certificate that the engine does not know', async () => {
      expect(await refused({ url: engine.url, tls: { ...strangerTls, ca: tls.ca } })).toMatch(/client certificate/);
    });

    it('a key that belongs to another certificate', async () => {
      expect(await refused({ url: engine.url, tls: { ...tls, key: strangerTls.key } })).toContain('key belongs to cert');
    });

    it('PEMs that hold nothing', async () => {
      const empty = { ca: tls.ca, cert: '-----BEGIN CERTIFICATE-----', key: '-----BEGIN PRIVATE KEY-----' };
      expect(await refused({ url: engine.url, tls: empty })).toContain('PEMs in tls');
    });

    describe('with another listener there', () => {
      let plain: Server;
      beforeAll(async () => {
        plain = createServer((socket) =>
          socket
            .on('error', () => {})
            .resume()
            .end('SSH-2.0-nothing of ours\r\n'),
        );
        await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
      });
      afterAll(() => void plain.close());

      it('what speaks no TLS is told so', async () => {
        expect(await refused({ url: `tcp://127.0.0.1:${(plain.address() as AddressInfo).port}`, tls })).toContain('does not speak TLS');
      });

      it('nothing listens once it is closed', async () => {
        const { port } = plain.address() as AddressInfo;
        await new Promise((resolve) => plain.close(resolve));
        expect(await refused({ url: `tcp://127.0.0.1:${port}`, tls })).toContain('Nothing listens');
      });
    });

    it('an address or a name that is in the fleet already is a conflict', async () => {
      const socket = await fakeEngineStart();
      const first = await add({ url: socket.url });
      expect(first.status).toBe(201);
      expect((await add({ url: socket.url })).status).toBe(409);
      await socket.stop();
    });
  });
});
