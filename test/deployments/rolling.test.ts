import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploymentRevise, deploymentWish } from '../../src/db/store/deployment.ts';
import { hostUpdate } from '../../src/db/store/host.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { type Berth, berthUp, type Tenant, until } from '../harness.ts';
import { deploy, deployment, readyAwait, replicas, scopeOf, specOf, update } from './stage.ts';

let fleet: Fleet;
let berth: Berth;
let red: Tenant;

beforeAll(async () => {
  fleet = await fleetUp({ count: 3, name: 'deployments' });
  berth = await berthUp({ hosts: fleet.hosts, tenants: ['red'] });
  red = berth.tenants.red as Tenant;
  const loaded = await red.call('POST', '/images/load', {
    body: await busyboxImageMake(),
    headers: { 'Content-Type': 'application/x-tar' },
  });
  expect(loaded.status, loaded.text).toBe(200);
});
afterAll(async () => {
  await berth?.stop();
  await fleet?.down();
});

describe('a deployment', () => {
  it('becomes what is wished, spread over the hosts, and is as many again when one is removed', async () => {
    const { id } = await deploy(berth, red, 'web', specOf({ Cmd: ['sleep', '1000'], StopTimeout: 0 }));
    await readyAwait(berth, red, id);
    const first = await replicas(berth, red, 'web');
    expect(first).toHaveLength(3);
    expect(new Set(first.map(({ host }) => host)).size).toBe(3);

    await red.docker(['rm', '-f', first[0]?.name ?? '']);
    await until(async () => (await replicas(berth, red, 'web')).filter(({ id: one }) => one !== first[0]?.id).length === 3);

    await deploymentWish(scopeOf(berth, red), id, null, { replicas: 5 });
    await until(async () => (await replicas(berth, red, 'web')).length === 5);
    await deploymentWish(scopeOf(berth, red), id, null, { replicas: 2 });
    await until(async () => (await replicas(berth, red, 'web')).length === 2);
    await readyAwait(berth, red, id);

    await deploymentRevise(
      scopeOf(berth, red),
      id,
      null,
      specOf({ Cmd: ['sleep', '2000'], StopTimeout: 0 }, { replicas: 2 }),
      (await berth.server.app.db.execute<{ image_id: string }>('select image_id from revision'))[0]?.image_id ?? '',
    );
    await readyAwait(berth, red, id);
    // Ready says what serves; an old replica may still be on its way out.
    const commands = async () => (await red.docker(['ps', '--format', '{{.Command}}', '--no-trunc'])).stdout.trim().split('\n');
    await until(async () => (await commands()).length === 2);
    expect(await commands()).toEqual(['"sleep 2000"', '"sleep 2000"']);
    expect(await deployment(berth, red, id)).toMatchObject({ revision: 2, stableRevision: 2 });

    await deploymentWish(scopeOf(berth, red), id, null, { state: 'deleting' });
    await until(async () => (await red.docker(['ps', '-aq'])).stdout === '' && (await deployment(berth, red, id)) === undefined);
  });

  it('goes back from a revision that never becomes healthy, says why, and keeps the old one serving', async () => {
    const { id } = await deploy(berth, red, 'api', specOf({ Cmd: ['sleep', '1000'], StopTimeout: 0 }, { replicas: 2 }));
    await readyAwait(berth, red, id);
    const before = (await replicas(berth, red, 'api')).map(({ id: one }) => one).sort();
    const image = (await berth.server.app.db.execute<{ image_id: string }>('select image_id from revision'))[0]?.image_id ?? '';
    await deploymentRevise(
      scopeOf(berth, red),
      id,
      null,
      // Longer than an engine takes to tell of an end, or what was not told yet would count as well.
      specOf({ Cmd: ['sh', '-c', 'echo cannot reach the moon; exit 3'] }, { replicas: 2, update: { ...update, monitorMs: 10_000 } }),
      image,
    );
    await until(async () => (await deployment(berth, red, id)).revision === 1);
    await readyAwait(berth, red, id);
    const after = await deployment(berth, red, id);
    expect(after.failureLog).toContain('cannot reach the moon');
    expect((await replicas(berth, red, 'api')).map(({ id: one }) => one).sort()).toEqual(before);
    await deploymentWish(scopeOf(berth, red), id, null, { state: 'deleting' });
    await until(async () => (await deployment(berth, red, id)) === undefined);
  });
});

describe('a host that is drained', () => {
  it('gives its replicas to others without one less serving at any time, and gets none until it serves again', async () => {
    const { id } = await deploy(berth, red, 'move', specOf({ Cmd: ['sleep', '1000'], StopTimeout: 0 }));
    await readyAwait(berth, red, id);
    const leaving = berth.server.app.fleet.hosts()[0]?.row.id ?? '';
    await hostUpdate(berth.server.app.system, leaving, { upkeep: 'drain' });
    let fewest = 3;
    await until(async () => {
      const running = await replicas(berth, red, 'move');
      fewest = Math.min(fewest, running.length);
      return running.length === 3 && running.every(({ host }) => host !== leaving);
    });
    expect(fewest).toBe(3);
    await hostUpdate(berth.server.app.system, leaving, { upkeep: 'none' });
    await deploymentWish(scopeOf(berth, red), id, null, { state: 'deleting' });
    await until(async () => (await deployment(berth, red, id)) === undefined);
  });
});

describe('a host that is cut off', () => {
  it('has its replicas running elsewhere within seconds, and no duplicate when it is back', async () => {
    const { id } = await deploy(berth, red, 'far', specOf({ Cmd: ['sleep', '1000'], StopTimeout: 0 }, { replicas: 6 }));
    await readyAwait(berth, red, id);
    const cut = fleet.hosts[0];
    const cutId = berth.server.app.fleet.hosts().find(({ row }) => row.name === cut?.name)?.row.id;
    await cut?.cut();
    const began = Date.now();
    await until(async () => (await replicas(berth, red, 'far')).filter(({ host }) => host !== cutId).length === 6, 20);
    console.log(`6 replicas run elsewhere ${Date.now() - began} ms after the cut`);
    await cut?.heal();
    await until(async () => (await red.docker(['ps', '-aq', '--filter', 'name=^far'])).stdout.trim().split('\n').length === 6, 30);
    await readyAwait(berth, red, id);
    await until(async () => berth.server.app.fleet.host(cutId ?? '')?.row.state === 'ready', 20);
    await deploymentWish(scopeOf(berth, red), id, null, { state: 'deleting' });
    await until(async () => (await deployment(berth, red, id)) === undefined);
  });
});
