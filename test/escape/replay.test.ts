import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { requestText, tenantTarget } from '../docker-api/connection.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, type FleetHost, fleetUp } from '../fleet/fleet.ts';
import { type Berth, berthUp, type Tenant } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';
import { attackerThings } from './attacker.ts';
import { type AttackerThings, corpus, requestOf } from './corpus/corpus.ts';
import { framingCorpus } from './corpus/framing.ts';
import { type HostState, hostPowers, hostState } from './hosts-outside.ts';

let fleet: Fleet;
let berth: Berth;
let red: Tenant;
let things: AttackerThings;
let before: HostState[];
let target: Awaited<ReturnType<typeof tenantTarget>>;

const states = () => Promise.all(fleet.hosts.map(hostState));

beforeAll(async () => {
  fleet = await fleetUp({ count: 2, name: 'escape' });
  berth = await berthUp({ hosts: fleet.hosts });
  const archive = await busyboxImageMake();
  for (const tenant of Object.values(berth.tenants))
    await tenant.call('POST', '/images/load', { body: archive, headers: { 'Content-Type': 'application/x-tar' } });
  red = berth.tenants.red as Tenant;
  things = await attackerThings(red, 'busybox');
  target = await tenantTarget(red);
  before = await states();
});

afterAll(async () => {
  await berth?.stop();
  await fleet?.down();
});

/** Final statuses of what comes back, until as many came, the other side closed, or it kept silent for two seconds. */
async function exchange(bytes: Uint8Array, replies: number): Promise<number[]> {
  const socket = tls.connect({ host: '127.0.0.1', allowHalfOpen: true, ...target } as tls.ConnectionOptions);
  const statuses: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  let text = '';
  // Replies are counted by their first lines: no parser of ours decides where one ends.
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    const found = [...text.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map((match) => Number(match[1]));
    statuses.splice(0, statuses.length, ...found);
    if (statuses.length >= replies) resolve();
  });
  for (const event of ['end', 'close', 'error'] as const) socket.on(event, resolve);
  // Not counted is the time that a handshake takes, of many at once.
  socket.once('secureConnect', () => {
    AbortSignal.timeout(2_000).addEventListener('abort', () => resolve());
    socket.write(bytes);
  });
  await promise;
  socket.destroy();
  return statuses;
}

const fine = async () => (await red.call('GET', '/_ping')).status === 200;

describe('the corpus over TLS to real engines', () => {
  it('is refused, each request on a connection of its own, byte for byte', async () => {
    const wrong: string[] = [];
    for (const request of corpus) {
      const { target: path, body, headers } = requestOf(request, things);
      const length = String(body?.length ?? 0);
      const head = requestText(request.method, path, { headers: { 'Content-Length': length, ...headers } });
      const [status = 0] = await exchange(Buffer.concat([Buffer.from(head), body ?? Buffer.alloc(0)]), 1);
      if (request.harmless !== undefined) continue;
      // 200 only where a stream of progress had begun, in which the refusal is told.
      const accepted = [400, 401, 403, 404, 409, 413, 501, ...(request.late ? [200] : [])];
      if (!accepted.includes(status)) wrong.push(`${status} ${request.name}`);
    }
    expect(wrong).toEqual([]);
    console.log(`replayed ${corpus.length} requests on real engines`);
  });

  it('is refused when it is not even a request', async () => {
    const wrong: string[] = [];
    // All at once, since of most it takes the silence behind the answer to know that no second one comes.
    const answers = await Promise.all(
      framingCorpus.map(({ bytes, statuses }) =>
        exchange(Buffer.from(bytes.replaceAll('{running}', things.running), 'latin1'), statuses.length + 1),
      ),
    );
    for (const [i, { name, statuses }] of framingCorpus.entries()) {
      const came = answers[i] ?? [];
      const right = came.length > 0 === statuses.length > 0 && came.every((status, at) => (statuses[at] ?? [400]).includes(status));
      if (!right) wrong.push(`${name}: ${came}`);
    }
    expect(wrong).toEqual([]);
    expect(await fine()).toBe(true);
    console.log(`replayed ${framingCorpus.length} framings`);
  });
});

describe('a file archive', () => {
  let secret: string;
  beforeAll(async () => {
    secret = await mkdtemp(join(tmpdir(), 'berth-escape-'));
    await writeFile(join(secret, 'secret'), 'of the host');
  });
  afterAll(() => rm(secret, { recursive: true }));

  const put = (entries: Parameters<typeof tarOf>[0], path = '/') =>
    red.call('PUT', `/containers/${things.running}/archive?path=${encodeURIComponent(path)}`, {
      body: Buffer.from(tarOf(entries)),
      headers: { 'Content-Type': 'application/x-tar' },
    });

  it('with links and dots stays inside the container', async () => {
    await put([
      { name: 'link', type: '2', target: secret },
      { name: 'link/pwned', content: 'x' },
    ]);
    await put([
      { name: 'up', type: '2', target: '../../../../../..' },
      { name: `up${secret}/pwned`, content: 'x' },
    ]);
    await put([{ name: `../../../../../../../..${secret}/pwned`, content: 'x' }]);
    await put([{ name: 'hard', type: '1', target: `${secret}/secret` }]);
    await put([{ name: 'x', content: 'x' }], `/../../../../../../..${secret}`);
    await put([{ name: 'x', content: 'x' }], `/proc/1/root${secret}`);
    expect(await readdir(secret)).toEqual(['secret']);
  });

  it('brings nothing of the host out through a link', async () => {
    await put([{ name: 'leak', type: '2', target: `${secret}/secret` }]);
    for (const path of [
      '/leak',
      '/link/secret',
      `/../../../../../..${secret}/secret`,
      '/hard',
      `/proc/1/root${secret}/secret`,
      `/proc/self/root${secret}/secret`,
    ]) {
      const reply = await red.call('GET', `/containers/${things.running}/archive?path=${encodeURIComponent(path)}`);
      expect(reply.text, path).not.toContain('of the host');
    }
  });
});

describe('afterwards, from outside', () => {
  it('no container, network or volume of any host has a power that no tenant may have', async () => {
    const after = await states();
    expect(after.flatMap(hostPowers)).toEqual([]);
    expect(after.flatMap(({ containers }) => containers).length).toBeGreaterThan(1);
    expect(after.flatMap(({ capabilities }) => capabilities).length).toBeGreaterThan(0);
  });

  it('no tag of a host has moved or come, and nothing new listens there', async () => {
    const after = await states();
    expect(after.map(({ tags }) => tags)).toEqual(before.map(({ tags }) => tags));
    expect(after.map(({ listening }) => listening)).toEqual(before.map(({ listening }) => listening));
  });

  it('Berth serves both tenants, and has failed at nothing', async () => {
    expect(await fine()).toBe(true);
    for (const tenant of Object.values(berth.tenants)) {
      const made = await tenant.call('POST', '/containers/create', { json: { Image: 'busybox', Cmd: ['true'] } });
      expect(made.status, made.text).toBe(201);
    }
    // An engine that cannot unpack an archive is told to the operator.
    const errors = berth.log.filter(({ level, method }) => level === 'error' && method !== 'PUT');
    expect(errors).toEqual([]);
  });

  it('the look from outside would see every one of them', async () => {
    const host = fleet.hosts[0] as FleetHost;
    const engine = new Engine({ url: `unix://${host.socket}`, tls: null });
    const powers: Record<string, object> = {
      privileged: { Privileged: true },
      bind: { Binds: ['/:/host'] },
      mount: { Mounts: [{ Type: 'bind', Source: '/', Target: '/host' }] },
      network: { NetworkMode: 'host' },
      bridge: { NetworkMode: 'bridge' },
      pid: { PidMode: 'host' },
      ipc: { IpcMode: 'host' },
      uts: { UTSMode: 'host' },
      capability: { CapAdd: ['SYS_ADMIN'] },
      device: { Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/x', CgroupPermissions: 'r' }] },
      seccomp: { SecurityOpt: ['seccomp=unconfined'] },
      unmasked: { MaskedPaths: [] },
    };
    const made: string[] = [];
    try {
      for (const [name, power] of Object.entries(powers)) {
        const ordinary = { Memory: 64 * 1024 * 1024, MemorySwap: 64 * 1024 * 1024, PidsLimit: 10, NetworkMode: 'none' };
        const { Id } = await engine.json<{ Id: string }>({
          method: 'POST',
          path: '/containers/create',
          query: { name },
          json: { Image: 'busybox', Cmd: ['true'], Labels: { 'io.berth.tenant': 'x' }, HostConfig: { ...ordinary, ...power } },
        });
        made.push(Id);
      }
      const seen = hostPowers(await hostState(host)).map((power) => power.split(':')[0]);
      expect([...new Set(seen)].sort()).toEqual(
        Object.keys(powers)
          .map((name) => `/${name}`)
          .sort(),
      );
    } finally {
      for (const id of made) await engine.json({ method: 'DELETE', path: `/containers/${id}`, query: { force: true } });
      engine.close();
    }
  });
});
