import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresStop } from '../../src/runtime/local/postgres.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { freePort } from '../free-port.ts';
import { until } from '../harness.ts';
import { rulesHold, violations } from './invariants.ts';
import { promisesBroken } from './promises.ts';
import { randomMake } from './random.ts';
import { type ServerProcess, serverProcess } from './server-process.ts';
import { engineCall } from './stage.ts';
import { wireLoad } from './wire-load.ts';
import { Ledger } from './workload.ts';

const kills = process.env.BERTH_TEST_LONG === undefined ? 10 : 100;
const settleSeconds = 120;

let fleet: Fleet;
let dataDir: string;
let server: ServerProcess;
let sql: postgres.Sql;
const ledger = new Ledger();
const random = randomMake(Number(process.env.CRASH_SEED ?? 1));

beforeAll(async () => {
  fleet = await fleetUp({ count: 2, name: 'crash' });
  dataDir = await mkdtemp(join(tmpdir(), 'berth-crash-'));
  const [enginePort, httpPort] = [await freePort(), await freePort()];
  server = serverProcess({ dataDir, berthHosts: fleet.berthHosts, enginePort, httpPort });
  await server.start();
  sql = postgres(await server.databaseUrl(), { max: 1, onnotice: () => undefined });
  const loaded = await server.call('POST', '/v1.41/images/load?quiet=1', {
    body: await busyboxImageMake(),
    headers: { 'Content-Type': 'application/x-tar' },
  });
  expect(loaded.status, loaded.text).toBe(200);
});

afterAll(async () => {
  await server?.down();
  await sql?.end();
  await postgresStop({ dataDir });
  await fleet?.down();
  await rm(dataDir, { recursive: true, force: true });
});

/** Three clients at work while something goes wrong. */
async function underLoad(trouble: () => Promise<void>): Promise<void> {
  let stopped = false;
  const clients = [1, 2, 3].map(() => wireLoad(server, ledger, randomMake(random.int(2 ** 31)), () => stopped));
  try {
    await trouble();
  } finally {
    stopped = true;
    await Promise.all(clients);
  }
}

async function settled(containersDied = false): Promise<void> {
  const look = () => brokenRules(containersDied).catch((error: Error) => [error.message]);
  await rulesHold(look, settleSeconds).catch((error: Error) => {
    throw new Error(`${error.message}\n${server.output()}`, { cause: error });
  });
}

async function brokenRules(containersDied: boolean): Promise<string[]> {
  const hosts = await sql<{ id: string; url: string }[]>`select id, url from host`;
  const engines = fleet.hosts.map((host) => ({
    hostId: hosts.find(({ url }) => url === host.url)?.id ?? '',
    url: `unix://${host.socket}`,
  }));
  const states = new Map<string, string>();
  for (const engine of engines) {
    const listed = await engineCall<{ Id: string; State: string }[]>(engine, 'GET', '/containers/json?all=true');
    for (const { Id, State } of listed) states.set(Id, State);
  }
  return [...(await violations(sql, engines)), ...promisesBroken(ledger, states, containersDied)];
}

describe('a server on real engines, under load', () => {
  it(
    `is killed ${kills} times at random moments and leaves no orphan, no loss and no duplicate`,
    async () => {
      for (let kill = 0; kill < kills; kill++) {
        await underLoad(async () => {
          // A server that makes nothing loses nothing.
          const before = ledger.all().length;
          await until(() => ledger.all().length >= before + 3, 60);
          await sleep(random.int(2_000));
          await server.kill();
        });
        await server.start();
        await settled();
      }
    },
    kills * 120_000,
  );

  it('goes on when its PostgreSQL is killed', async () => {
    await underLoad(async () => {
      await sleep(1_000);
      await server.postgresKill();
      await sleep(4_000);
    });
    await settled();
    expect(server.running()).toBe(true);
    const listed = await server.call('GET', '/v1.41/containers/json');
    expect(listed.status).toBe(200);
  });

  it('finds the containers of an engine that was killed and started again', async () => {
    const json = { Image: 'busybox', Cmd: ['sleep', '3600'], HostConfig: { RestartPolicy: { Name: 'always' }, Memory: 16 * 2 ** 20 } };
    const { Id } = (await server.call('POST', '/v1.41/containers/create?name=phoenix', { json })).json as { Id: string };
    expect((await server.call('POST', '/v1.41/containers/phoenix/start')).status).toBe(204);
    await underLoad(async () => {
      await Promise.all(fleet.hosts.map((host) => host.kill()));
      await sleep(1_000);
      await Promise.all(fleet.hosts.map((host) => host.start()));
      await sleep(2_000);
    });
    await settled(true);
    const inspected = await server.call('GET', '/v1.41/containers/phoenix/json');
    expect(inspected.json).toMatchObject({ Id, State: { Running: true } });
  });
});
