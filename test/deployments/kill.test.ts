import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { rulesHold } from '../crash/invariants.ts';
import { engineCall } from '../crash/stage.ts';
import { type Load, loadBegin } from '../edge/load.ts';
import { httpGet } from '../edge/stage.ts';
import type { FleetHost } from '../fleet/fleet.ts';
import { freePort } from '../free-port.ts';
import { until } from '../harness.ts';
import { type KillStage, killStageUp, type Wished } from './kill-stage.ts';

const settleSeconds = 60;
const long = process.env.BERTH_TEST_LONG !== undefined;

let stage: KillStage;
let port: number;
let load: Load | undefined;
const web: Wished = { name: 'web', replicas: 3, revision: 1 };

beforeAll(async () => {
  stage = await killStageUp();
  port = await freePort();
  await stage.api('POST', '/deployments', { name: web.name, spec: webSpec() });
  await settled(web);
  await until(async () => (await httpGet(port).catch(() => '')) === 'steady\n');
});
afterEach(async () => {
  await load?.end();
  load = undefined;
});
afterAll(() => stage?.down());

/** Answers every request with the same word; healthy once it does, and gone a moment after it is asked to go. */
function webSpec(over: Record<string, unknown> = {}) {
  const serve = `echo steady > /tmp/index.html; trap 'sleep 0.2; exit 0' TERM; httpd -f -p 80 -h /tmp & wait`;
  // The time that a server is gone counts as well: none of this is to fail by it.
  const policy = { monitor: '500ms', healthDeadline: '60s' };
  return {
    ...{ image: 'busybox', command: ['sh', '-c', serve], env: { REVISION: `${web.revision}` }, replicas: web.replicas },
    ...{ ports: [{ target: 80, published: port }], resources: { limits: { memory: '16m' } }, update: policy, rollback: policy },
    healthcheck: { test: ['CMD', 'wget', '-qO', '/dev/null', 'http://127.0.0.1/'], interval: '500ms', timeout: '2s', retries: 3 },
    ...over,
  };
}

const sleeper = { image: 'busybox', command: ['sleep', '1000'], stopGracePeriod: '1s', resources: { limits: { memory: '16m' } } };

/** Waits until everything is as wished, on the engines and in the rows, with nothing besides. */
async function settled(...wished: Wished[]): Promise<void> {
  const look = () => stage.broken(wished).catch((error: Error) => [error.message]);
  await rulesHold(look, settleSeconds).catch(withOutput);
}

/** What the servers wrote tells why a wait came to nothing. */
function withOutput(error: Error): never {
  throw new Error(`${error.message}\n${stage.first.output()}\n${stage.second.output()}`, { cause: error });
}

interface ReplicaFound {
  containerId: string;
  hostId: string;
  phase: string;
  revision: number;
}

const replicasOf = (name: string) => stage.sql<ReplicaFound[]>`
  select container_id as "containerId", host_id as "hostId", replica.phase, replica.revision
  from replica join deployment on deployment.id = deployment_id join container on container.id = container_id
  where deployment.name = ${name} order by replica.revision desc, container_id`;

const statusOf = async (name: string) =>
  (await stage.sql<{ phase: string; reason: string }[]>`select phase, reason from deployment where name = ${name}`)[0];

async function update(spec = {}): Promise<void> {
  web.revision++;
  await stage.api('PUT', `/deployments/${web.name}`, { spec: webSpec(spec) });
}

async function updateBegun(): Promise<void> {
  await update();
  await until(async () => (await replicasOf(web.name)).some(({ revision }) => revision === web.revision));
}

const upkeep = async (hostId: string, value: 'none' | 'drain') =>
  stage.api('PUT', `/hosts/${hostId}/upkeep`, { upkeep: value }, 'operator');

/** The host of the first replica, being drained. */
async function drainBegun(): Promise<string> {
  const [leaving] = await replicasOf(web.name);
  if (!leaving) throw new Error('there is no replica');
  await upkeep(leaving.hostId, 'drain');
  await until(async () => (await replicasOf(web.name)).length > web.replicas);
  return leaving.hostId;
}

async function drained(hostId: string): Promise<void> {
  await settled(web);
  expect((await replicasOf(web.name)).filter((one) => one.hostId === hostId)).toEqual([]);
  await upkeep(hostId, 'none');
}

describe('under a constant load of requests through the edge, none fails', () => {
  it.each([
    ['ends and starts again', () => stage.first.stop()],
    ['is killed and starts again', () => stage.first.kill()],
  ])('in a rolling update and a drain, while the server %s in the middle of each', async (_, end) => {
    load = loadBegin(port, 'steady\n', 2);
    await updateBegun();
    await end();
    await load.answered(20);
    await stage.first.start();
    await settled(web);

    const leaving = await drainBegun();
    await end();
    await load.answered(20);
    await stage.first.start();
    await drained(leaving);

    await load.answered(20);
    const { requests, failures } = await load.end();
    console.log(`${requests} requests, ${failures.length} failed`);
    expect(failures).toEqual([]);
  });

  it('while a bad revision goes back, with the server killed in the middle', async () => {
    const before = (await replicasOf(web.name)).map(({ containerId }) => containerId);
    const [good, bad] = [web.revision, web.revision + 1];
    load = loadBegin(port, 'steady\n', 2);
    await update({ command: ['sh', '-c', 'echo cannot reach the moon; sleep 0.5; exit 3'] });
    await until(async () => (await replicasOf(web.name)).some(({ revision }) => revision === bad));
    await stage.first.kill();
    await load.answered(20);
    await stage.first.start();
    await until(async () => (await statusOf(web.name))?.phase === 'ready', settleSeconds);
    await settled({ ...web, revision: good });
    const { failures } = await load.end();
    expect(failures).toEqual([]);
    expect((await replicasOf(web.name)).map(({ containerId }) => containerId)).toEqual(before);
    expect(await stage.api('GET', `/deployments/${web.name}`)).toMatchObject({
      failureLog: expect.stringContaining('cannot reach the moon'),
    });
  });
});

it('a replica that ended while the server was dead is made anew', async () => {
  const [one] = await replicasOf(web.name);
  const host = await hostOf(one?.hostId ?? '');
  await stage.first.kill();
  await engineCall({ url: `unix://${host.socket}` }, 'POST', `/containers/berth-${one?.containerId}/kill`);
  await stage.first.start();
  await until(async () => (await replicasOf(web.name)).every(({ containerId }) => containerId !== one?.containerId), settleSeconds);
});

describe('two servers that share the work', () => {
  beforeAll(() => stage.second.start());

  /** A server is not started again until all is settled: the other one does the work. */
  const victims: Record<string, () => Promise<void>> = {
    async 'an engine'() {
      const [newest] = await replicasOf(web.name);
      const host = await hostOf(newest?.hostId ?? '');
      await host.kill();
      await host.start();
    },
    'one of the servers': () => stage.first.kill(),
    PostgreSQL: () => stage.second.postgresKill(),
  };

  afterEach(async () => {
    if (!stage.first.running()) await stage.first.start();
  });

  describe.each(Object.entries(victims))('%s is killed', (name, kill) => {
    // An engine takes its containers with it.
    const mayFail = name === 'an engine';
    const underLoad = async (work: () => Promise<void>) => {
      load = loadBegin(port, 'steady\n', 2);
      await work();
      const { failures } = await load.end();
      if (!mayFail) expect(failures).toEqual([]);
    };

    it('in the middle of an update: afterwards runs what was wished, and nothing else', () =>
      underLoad(async () => {
        await updateBegun();
        await kill();
        await settled(web);
      }));

    it('in the middle of a drain: afterwards runs what was wished, and nothing else', () =>
      underLoad(async () => {
        const leaving = await drainBegun();
        await kill();
        await drained(leaving);
      }));

    // In the long run only: of the three it is the one that says least.
    if (long)
      it('in the middle of scaling: afterwards runs what was wished, and nothing else', () =>
        underLoad(async () => {
          await stage.api('POST', `/deployments/${web.name}/scale`, { replicas: 6 });
          await until(async () => (await replicasOf(web.name)).length > web.replicas);
          await kill();
          await settled({ ...web, replicas: 6 });
          await stage.api('POST', `/deployments/${web.name}/scale`, { replicas: web.replicas });
          await settled(web);
        }));
  });
});

async function hostOf(hostId: string): Promise<FleetHost> {
  for (const host of stage.fleet.hosts) if ((await stage.hostId(host)) === hostId) return host;
  throw new Error('there is no such host');
}

describe('a host that is cut off', () => {
  const host = () => stage.fleet.hosts[0] as FleetHost;
  afterEach(() => host().heal());

  /** All replicas on that one host. */
  async function deployThere(name: string, over: Record<string, unknown>): Promise<Wished> {
    const others = await Promise.all(stage.fleet.hosts.slice(1).map((one) => stage.hostId(one)));
    for (const id of others) await stage.api('POST', `/hosts/${id}/cordon`, undefined, 'operator');
    await stage.api('POST', '/deployments', { name, spec: { ...sleeper, ...over } });
    const wished = { name, replicas: Number(over.replicas), revision: 1 };
    await settled(wished);
    for (const id of others) await stage.api('POST', `/hosts/${id}/uncordon`, undefined, 'operator');
    return wished;
  }

  async function deleted(name: string): Promise<void> {
    await stage.api('DELETE', `/deployments/${name}`);
    await until(async () => (await statusOf(name)) === undefined, 30);
  }

  const lost = async () => {
    const [row] = await stage.sql<{ state: string }[]>`select state from host where id = ${await stage.hostId(host())}`;
    return row?.state === 'lost';
  };

  it('has its four replicas run elsewhere, and no duplicate when it is back', async () => {
    const four = await deployThere('four', { replicas: 4 });
    const cutId = await stage.hostId(host());
    await host().cut();
    const began = Date.now();
    await until(
      async () => (await replicasOf('four')).filter(({ phase, hostId }) => phase === 'ready' && hostId !== cutId).length === 4,
      30,
    ).catch(async (error: Error) => {
      const found = JSON.stringify([
        await replicasOf('four'),
        await statusOf('four'),
        await stage.sql`select name, state, keeper from host`,
      ]);
      return withOutput(new Error(`${error.message}\n${found}`));
    });
    console.log(`4 replicas run elsewhere ${Date.now() - began} ms after the cut`);
    await host().heal();
    await settled(four, web);
    expect((await replicasOf('four')).filter(({ hostId }) => hostId === cutId)).toEqual([]);
    await deleted('four');
  });

  it('is cleaned when it comes back after its deployment was deleted', async () => {
    await deployThere('brief', { replicas: 2 });
    await host().cut();
    await until(lost, 30);
    await deleted('brief');
    await host().heal();
    await settled(web);
  });

  it('keeps the place of a replica with a volume, which is reported and not made anew', async () => {
    const store = await deployThere('store', { replicas: 1, volumes: [{ name: 'data', target: '/data' }] });
    const before = await replicasOf('store');
    await host().cut();
    await until(async () => /on a host that is lost/.test((await statusOf('store'))?.reason ?? ''), 30);
    expect((await statusOf('store'))?.phase).toBe('degraded');
    await host().heal();
    await settled(store, web);
    expect((await replicasOf('store')).map(({ containerId }) => containerId)).toEqual(before.map(({ containerId }) => containerId));
    await deleted('store');
    await settled(web);
  });
});
