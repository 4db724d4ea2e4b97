import { afterAll, beforeAll, expect, it } from 'vitest';
import { httpGet } from '../edge/stage.ts';
import type { FleetHost } from '../fleet/fleet.ts';
import { freePort } from '../free-port.ts';
import { until } from '../harness.ts';
import { type KillStage, killStageUp } from './kill-stage.ts';

const replicas = 3;
let stage: KillStage;
let port: number;

beforeAll(async () => {
  stage = await killStageUp();
  port = await freePort();
  const serve = 'echo steady > /tmp/index.html; exec httpd -f -p 80 -h /tmp';
  const spec = { image: 'busybox', command: ['sh', '-c', serve], replicas, ports: [{ target: 80, published: port }] };
  await stage.api('POST', '/deployments', { name: 'web', spec: { ...spec, resources: { limits: { memory: '16m' } } } });
  await until(async () => (await deployment()).phase === 'ready', 60);
});
afterAll(() => stage?.down());

interface ReplicaFound {
  containerId: string;
  engineId: string;
  hostId: string;
  phase: string;
}

const replicasFound = () => stage.sql<ReplicaFound[]>`
  select container_id as "containerId", engine_id as "engineId", host_id as "hostId", replica.phase
  from replica join container on container.id = container_id order by container_id`;
const deployment = async () => (await stage.api('GET', '/deployments/web')) as { phase: string; reason: string };

/** For how long replicas on it have been heard after its engine was. */
async function answeredMs(hostId: string): Promise<number> {
  const [row] = await stage.sql<{ ms: number | null }[]>`
    select extract(epoch from answered_at - seen_at)::float * 1000 as ms from host where id = ${hostId}`;
  return row?.ms ?? 0;
}

it('a host whose engine was killed keeps its replicas while they answer, and loses them when they are cut off too', async () => {
  const before = await replicasFound();
  const { hostId, engineId } = before[0] as ReplicaFound;
  const ids = await Promise.all(stage.fleet.hosts.map((host) => stage.hostId(host)));
  const host = stage.fleet.hosts[ids.indexOf(hostId)] as FleetHost;
  const shown = () => stage.api('GET', `/hosts/${hostId}`, undefined, 'operator');
  await host.kill();

  // Two graces and more.
  await until(async () => (await answeredMs(hostId)) > 13_000, 60);
  expect(await replicasFound()).toEqual(before);
  expect(await shown()).toMatchObject({ state: 'unreachable', stateDetail: expect.stringContaining('so nothing is moved') });
  expect(await deployment()).toMatchObject({ phase: 'degraded', reason: expect.stringContaining('engine does not answer') });
  const inspect = await stage.first.call('GET', `/v1.41/containers/${engineId}/json`);
  expect(JSON.parse(inspect.text).State).toMatchObject({ Status: 'unknown', Running: false });
  for (let i = 0; i < 2 * replicas; i++) expect(await httpGet(port)).toBe('steady\n');

  await host.cut();
  const began = Date.now();
  await until(async () => (await replicasFound()).filter((one) => one.phase === 'ready' && one.hostId !== hostId).length === replicas, 60);
  console.log(`replicas run elsewhere ${Date.now() - began} ms after the last of them fell silent`);
  expect(await shown()).toMatchObject({ state: 'lost', stateDetail: expect.stringContaining('made elsewhere') });

  await host.heal();
  await host.start();
  await until(async () => (await stage.broken([{ name: 'web', replicas, revision: 1 }])).length === 0, 60);
  expect((await replicasFound()).filter((one) => one.hostId === hostId)).toEqual([]);
});
