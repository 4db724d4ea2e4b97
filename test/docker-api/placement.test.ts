import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { berthUp, until, type WireReply } from '../harness.ts';
import { containerMake, containerRun, type Wire, wireUp } from './wire-up.ts';

const MiB = 1024 * 1024;

let wire: Wire;
beforeAll(async () => {
  wire = await wireUp('wire-place', 3);
});
afterAll(() => wire?.down());

const sql = () => wire.berth.server.app.db.$client;
const create = (fields: Record<string, unknown> = {}): Promise<WireReply> =>
  wire.red.call('POST', '/v1.47/containers/create', { json: { Image: 'busybox', Cmd: ['sleep', '600'], ...fields } });
async function hostOf(id: string): Promise<string> {
  const [row] = await sql()`select host.name from container join host on host.id = host_id where engine_id = ${id}`;
  return row?.name;
}
/** Rows of hosts as an operator might have them; what the engine says of itself is put back when the process next hears it. */
async function hostsSet(set: { cordoned?: boolean; state?: string }, names = ['host-1', 'host-2', 'host-3']): Promise<void> {
  for (const name of names) await sql()`update host set ${sql()(set)} where name = ${name}`;
}
async function allRemove(): Promise<void> {
  for (const tenant of [wire.red, wire.blue]) {
    for (const { Id } of (await tenant.call('GET', '/v1.47/containers/json?all=1')).json)
      await tenant.call('DELETE', `/v1.47/containers/${Id}?force=1&v=1`);
  }
}
afterEach(async () => {
  await hostsSet({ cordoned: false, state: 'ready' });
  await allRemove();
});

describe('free containers', () => {
  it('spread over the hosts', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, async () => (await create()).json.Id));
    const hosts = await Promise.all(ids.map(hostOf));
    const counts = Object.values(Object.groupBy(hosts, (name) => name)).map((same) => same?.length);
    expect(counts).toEqual([2, 2, 2]);
  });

  it('never go to a host that is cordoned or draining', async () => {
    await hostsSet({ cordoned: true }, ['host-1']);
    await hostsSet({ state: 'draining' }, ['host-2']);
    const ids = await Promise.all(Array.from({ length: 5 }, async () => (await create()).json.Id));
    expect(new Set(await Promise.all(ids.map(hostOf)))).toEqual(new Set(['host-3']));
  });

  it('have nowhere to go without a ready host: 503 with the reasons, and no name in them', async () => {
    await hostsSet({ cordoned: true }, ['host-1', 'host-2']);
    await hostsSet({ state: 'draining' }, ['host-3']);
    const reply = await create();
    expect(reply.status).toBe(503);
    expect(reply.json.message).toContain('taking no new containers');
    expect(reply.json.message).not.toMatch(/host-\d|[0-9]/);
  });
});

describe('groups', () => {
  it('members of one network and users of one volume share a host, whatever the load', async () => {
    for (const [kind, fields] of [
      ['network', { HostConfig: { NetworkMode: 'grouped' } }],
      ['volume', { HostConfig: { Binds: ['grouped:/data'] } }],
    ] as const) {
      if (kind === 'network') await wire.red.call('POST', '/v1.47/networks/create', { json: { Name: 'grouped' } });
      const ids = await Promise.all(Array.from({ length: 4 }, async () => (await create(fields)).json.Id));
      await create();
      ids.push((await create(fields)).json.Id);
      expect(new Set(await Promise.all(ids.map(hostOf))).size, kind).toBe(1);
    }
  });

  it('what belongs to one Compose project shares a host, and projects go their own ways', async () => {
    const projects = ['alpha', 'beta', 'gamma'];
    const hosts = await Promise.all(
      projects.map(async (project) => {
        const Labels = { 'com.docker.compose.project': project };
        await wire.red.call('POST', '/v1.47/networks/create', { json: { Name: `${project}_default`, Labels } });
        await wire.red.call('POST', '/v1.47/volumes/create', { json: { Name: `${project}_data`, Labels } });
        const members = [
          { Labels, HostConfig: { NetworkMode: `${project}_default` } },
          { Labels, HostConfig: { Binds: [`${project}_data:/data`] } },
          { Labels },
        ];
        const ids: string[] = [];
        for (const member of members) ids.push((await create(member)).json.Id);
        return new Set(await Promise.all(ids.map(hostOf)));
      }),
    );
    expect(hosts.map((set) => set.size)).toEqual([1, 1, 1]);
    expect(new Set(hosts.flatMap((set) => [...set])).size).toBeGreaterThan(1);
  });

  it('a group whose host is full is told so, not split', async () => {
    await wire.red.call('POST', '/v1.47/networks/create', { json: { Name: 'tight' } });
    const id = await containerRun(wire.red, ['sleep', '600'], { HostConfig: { NetworkMode: 'tight' } });
    await hostsSet({ cordoned: true }, [await hostOf(id)]);
    const reply = await create({ HostConfig: { NetworkMode: 'tight' } });
    expect(reply.status).toBe(503);
    expect(reply.json.message).toContain('not where its networks, volumes or the containers it joins are');
  });

  it('a group that nothing lives in any more may go anywhere', async () => {
    await wire.red.call('POST', '/v1.47/networks/create', { json: { Name: 'brief', Labels: { 'com.docker.compose.project': 'brief' } } });
    const fields = { Labels: { 'com.docker.compose.project': 'brief' }, HostConfig: { NetworkMode: 'brief' } };
    const first = (await create(fields)).json.Id;
    const before = await hostOf(first);
    await wire.red.call('DELETE', `/v1.47/containers/${first}`);
    await wire.red.call('DELETE', '/v1.47/networks/brief');
    await hostsSet({ cordoned: true }, [before]);
    await wire.red.call('POST', '/v1.47/networks/create', { json: { Name: 'brief', Labels: { 'com.docker.compose.project': 'brief' } } });
    const second = await create(fields);
    expect(second.status).toBe(201);
    expect(await hostOf(second.json.Id)).not.toBe(before);
  });
});

describe('capacity', () => {
  const start = (id: string) => wire.red.call('POST', `/v1.47/containers/${id}/start`);
  const memoryOf = async (name: string): Promise<{ memory: number; reserved: number }> => {
    const [row] =
      await sql()`select memory_bytes::float8 as memory, reserved_memory_bytes::float8 as reserved from host where name = ${name}`;
    return row as { memory: number; reserved: number };
  };

  it('a container that fits nowhere is refused with the reasons, without a number or a name', async () => {
    const { memory } = await memoryOf('host-1');
    const reply = await create({ HostConfig: { Memory: memory + MiB } });
    expect(reply.status).toBe(503);
    expect(reply.json.message).toBe('No host can take this container: every host is without enough free memory.');
  });

  it('thirty starts at once never fill a host beyond what it has', async () => {
    await hostsSet({ cordoned: true }, ['host-2', 'host-3']);
    const { memory } = await memoryOf('host-1');
    // Room for seven: what is created counts only when it starts.
    const Memory = Math.floor(memory / 7.5);
    const ids: string[] = [];
    for (let count = 0; count < 30; count++) {
      await sql()`update container set created_at = now() - interval '10 minutes' where state = 'created'`;
      ids.push(await containerMake(wire.red, ['sleep', '600'], { HostConfig: { Memory } }));
    }
    const replies = await Promise.all(ids.map(start));
    expect(replies.filter((reply) => reply.status === 204)).toHaveLength(7);
    const refused = replies.filter((reply) => reply.status !== 204);
    for (const reply of refused) {
      expect(reply.status).toBe(503);
      expect(reply.json.message).toContain('no room');
      expect(reply.json.message).not.toMatch(/\d/);
    }
    const engine = wire.berth.server.app.fleet.hosts().find(({ row }) => row.name === 'host-1')?.watch.engine;
    expect(await engine?.json<unknown[]>({ method: 'GET', path: '/containers/json' })).toHaveLength(7);
    expect((await memoryOf('host-1')).reserved).toBe(7 * Memory);
    const full = await create({ HostConfig: { Memory } });
    expect([full.status, full.json.message]).toEqual([503, expect.stringContaining('without enough free memory')]);

    // Whoever ends gives its share back, once.
    const running = ids.filter((_, index) => replies[index]?.status === 204);
    await wire.red.call('POST', `/v1.47/containers/${running[0]}/kill`);
    const waiting = ids.find((_, index) => replies[index]?.status === 503) ?? '';
    await until(async () => (await start(waiting)).status === 204);
    await allRemove();
    expect((await memoryOf('host-1')).reserved).toBe(0);
  });

  it('a start that the engine refuses holds nothing', async () => {
    const id = await containerMake(wire.red, ['/no/such/program']);
    expect((await start(id)).status).toBe(400);
    expect((await sql()`select sum(reserved_memory_bytes)::float8 as held from host`)[0]?.held).toBe(0);
  });
});

describe('a fleet without a host', () => {
  it('serves, and says 503 with what to do', async () => {
    const berth = await berthUp({ hosts: [] });
    try {
      const red = berth.tenants.red;
      expect((await red?.call('GET', '/v1.47/containers/json'))?.json).toEqual([]);
      expect((await red?.call('GET', '/v1.47/info'))?.status).toBe(200);
      const pulled = await red?.call('POST', '/v1.47/images/create?fromImage=busybox&tag=latest');
      expect([pulled?.status, pulled?.json.message]).toEqual([503, expect.stringContaining('There is no host in the fleet yet')]);
    } finally {
      await berth.stop();
    }
  });
});
