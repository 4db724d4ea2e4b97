import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Connection, requestText, tenantTarget, upgradeTcp } from '../docker-api/connection.ts';
import { execMake } from '../docker-api/wire-up.ts';
import { type FakeEngine, fakeEngineStart } from '../fakes/engine/engine.ts';
import { until } from '../harness.ts';
import { tarOf } from '../pure/images/tar-maker.ts';
import { kinds } from './kinds.ts';
import { type ServerStage, serverStageUp } from './server-stage.ts';

const MiB = 1024 * 1024;
const execs = 200;
const followers = 500;

let engine: FakeEngine;
let stage: ServerStage;
beforeAll(async () => {
  engine = await fakeEngineStart();
  stage = await serverStageUp(engine.url, { fileSystem: Buffer.from(tarOf([{ name: 'a', content: 'a' }])) });
});
afterAll(async () => {
  await stage?.down();
  await engine?.stop();
});

/** Each with its request sent and answered. In groups: an address may have only so many connections that have not shown a credential. */
async function openMany(count: number, status: number, request: () => string | Promise<string>): Promise<Connection[]> {
  const target = await tenantTarget(stage.tenant);
  const open = async () => {
    const connection = (await Connection.open(target)).send(await request());
    expect((await connection.head()).status).toBe(status);
    return connection;
  };
  const opened: Connection[] = [];
  while (opened.length < count) opened.push(...(await Promise.all(Array.from({ length: Math.min(20, count - opened.length) }, open))));
  return opened;
}

describe('one server', () => {
  it(`carries ${execs} execs and ${followers} followers of a log at once, every byte of them, in bounded memory`, async () => {
    const before = await stage.resident();
    const { tenant, world } = stage;
    const attached = await openMany(execs, 101, async () =>
      requestText('POST', `/v1.47/exec/${await execMake(tenant, world.box, ['cat'])}/start`, {
        headers: upgradeTcp,
        body: { Detach: false, Tty: false },
      }),
    );
    const following = await openMany(followers, 200, () => requestText('GET', `/v1.47/containers/${world.box}/logs?follow=1&stdout=1`));
    const [writer] = await openMany(1, 101, () =>
      requestText('POST', `/v1.47/containers/${world.box}/attach?stream=1&stdin=1&stdout=1`, { headers: upgradeTcp }),
    );
    for (let line = 0; line < 20; line++) writer?.send(`line ${line} ${'x'.repeat(1000)}\n`);
    writer?.send('the last line\n');
    for (const [n, connection] of attached.entries()) connection.send(`hello ${n}\n`);

    await Promise.all(following.map((connection) => connection.readThrough('the last line\n')));
    await Promise.all(attached.map((connection, n) => connection.readThrough(`hello ${n}\n`)));
    const held = (await stage.resident()) - before;
    console.log(`${execs} execs and ${followers} followers: ${Math.round(held / MiB)} MiB more than without`);
    expect(held).toBeLessThan(400 * MiB);

    for (const connection of [...attached, ...following, writer]) connection?.destroy();
    await until(() => engine.underWay().every((call) => !/logs|start/.test(call)), 30);
    expect((await tenant.call('GET', '/v1.47/containers/json')).json).toHaveLength(2);
  });
});

describe('a server that is killed', () => {
  it.each(['kill', 'stop'] as const)('by %s ends every stream, none of them as if it were whole', async (how) => {
    for (const match of ['GET /containers/*/archive', 'GET /containers/*/export', 'GET /images/get'])
      engine.fault({ match, kind: 'stall' });
    // Those of a registry and of the REST API are on the stages of faults.test.ts and held.test.ts.
    const open = kinds.filter(({ name }) => !/^image pu|^\/v1|^a deployment/.test(name));
    const opened = await Promise.all(open.map(async (kind) => ({ kind, stream: await kind.open(stage.world) })));
    await until(() => engine.underWay().length >= open.length - 2);
    await stage.server[how]();
    for (const { kind, stream } of opened) expect(['closed', 'broken off'], kind.name).toContain(await stream.ending());
    for (const { stream } of opened) stream.connection.destroy();
    engine.faultsClear();
    await until(() => {
      for (const { stdio } of engine.containers.values()) stdio.output(1, Buffer.from('.'));
      return engine.underWay().length === 0;
    });
    await stage.server.start();
  });
});

describe('a server that is asked to end', () => {
  it('answers what it has begun, and takes nothing new', async () => {
    const { tenant, world, server } = stage;
    const { clear } = engine.fault({ match: 'POST /containers/*/exec', kind: 'slow', ms: 1_500 });
    const begun = engine.calls.length;
    const answer = execMake(tenant, world.box, ['cat']);
    await until(() => engine.calls.slice(begun).some(({ path }) => path.endsWith('/exec')));
    const stopped = server.stop();
    expect(await answer).toMatch(/^[0-9a-f]{64}$/);
    await stopped;
    await expect(tenant.call('GET', '/_ping')).rejects.toThrow('ECONNREFUSED');
    clear();
    await server.start();
  });
});
