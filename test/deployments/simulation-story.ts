import { setTimeout as sleep } from 'node:timers/promises';
import { imageFind } from '../../src/app/image-find.ts';
import { type TenantScope, tenantScope } from '../../src/db/scope.ts';
import { type DeploymentRow, deploymentInsert, deploymentOf, deploymentRevise, deploymentWish } from '../../src/db/store/deployment.ts';
import type { RunningApp } from '../../src/runtime/app-node.ts';
import { faultMake } from '../crash/faults.ts';
import { rulesHold, violations } from '../crash/invariants.ts';
import { type Random, randomMake } from '../crash/random.ts';
import { appKill, type Stage, stageUp } from '../crash/stage.ts';
import { specOf, update } from './stage.ts';

const steps = 8;
const settleSeconds = 40;
const quick = { ...update, monitorMs: 30, healthDeadlineMs: 4_000 };

/** A revision whose replicas stay, or one whose replicas end at once. */
function revisionOf(random: Random, replicas: number, good: boolean) {
  const order = random.pick(['start-first', 'stop-first'] as const);
  const policy = { ...quick, order, parallelism: 1 + random.int(2) };
  const Cmd = good ? ['sleep', '1000'] : ['sh', '-c', 'exit 3'];
  return specOf({ Cmd }, { replicas, update: policy, rollback: policy, restart: { condition: 'any', delayMs: 100, maxAttempts: null } });
}

/**
 * One seed: two processes drive two deployments whose wishes change at random, while processes are killed and engines fail. When all is
 * well again and a last wish is made, that is what runs. Throws with every rule that is broken then.
 */
export async function deploymentStoryPlay(seed: number, databaseUrl: string): Promise<void> {
  const random = randomMake(seed + 7_919);
  const stage = await stageUp(databaseUrl);
  const alive: RunningApp[] = [];
  try {
    alive.push(await stage.appUp(), await stage.appUp());
    for (const running of alive) await stage.appReady(running);
    const { app } = alive[0] as RunningApp;
    const scope = tenantScope(app.db, stage.tenantIds[0] ?? '');
    const image = await imageFind(scope, 'busybox');
    const ids: string[] = [];
    for (const name of ['web', 'api']) {
      const spec = revisionOf(random, random.int(4), true);
      ids.push((await deploymentInsert(scope, { name, stack: null, spec, imageId: image.id })).id);
    }
    for (let step = 0; step < steps; step++) {
      await happen(stage, alive, random, ids, image.id);
      await sleep(random.int(300));
    }
    for (const engine of stage.engines) {
      engine.faultsClear();
      // What hangs would be given up after a minute; here its connection breaks.
      engine.cut({ destroy: true });
      engine.heal();
    }
    const survivor = alive[0] as RunningApp;
    await stage.appReady(survivor);
    const last = tenantScope(survivor.app.db, stage.tenantIds[0] ?? '');
    const wished = new Map<string, number>();
    for (const id of ids) {
      const replicas = random.int(5);
      await deploymentRevise(last, id, null, revisionOf(random, replicas, true), image.id);
      await deploymentWish(last, id, null, { state: 'active' });
      wished.set(id, replicas);
    }
    await rulesHold(() => broken(stage, last, wished).catch((one: Error) => [one.message]), settleSeconds);
  } catch (error) {
    throw new Error(
      `seed ${seed}: ${(error as Error).message}\nAgain with: SIMULATION_SEED=${seed} npm test -- deployments\n${stage.log.slice(-40).join('\n')}`,
      { cause: error },
    );
  } finally {
    for (const running of alive) await running.stop().catch(() => undefined);
    await stage.close();
  }
}

async function happen(stage: Stage, alive: RunningApp[], random: Random, ids: string[], imageId: string): Promise<void> {
  const running = random.pick(alive);
  const scope = tenantScope(running.app.db, stage.tenantIds[0] ?? '');
  const id = random.pick(ids);
  switch (random.int(7)) {
    case 0:
      await deploymentWish(scope, id, null, { replicas: random.int(5) });
      return;
    case 1:
      await deploymentRevise(scope, id, null, revisionOf(random, 1 + random.int(3), true), imageId);
      return;
    case 2:
      await deploymentRevise(scope, id, null, revisionOf(random, 1 + random.int(3), false), imageId);
      return;
    case 3: {
      const row = (await deploymentOf(scope, id)) as DeploymentRow;
      await deploymentWish(scope, id, null, { restarts: row.restarts + 1 });
      return;
    }
    case 4: {
      // A process dies in the middle of whatever it does; another begins.
      const doomed = alive.splice(random.int(alive.length), 1)[0];
      if (doomed) await appKill(doomed);
      alive.push(await stage.appUp());
      return;
    }
    default:
      await faultMake(random.pick(stage.engines), random);
  }
}

/** What is not as it should be at the end, as sentences. */
async function broken(stage: Stage, scope: TenantScope, wished: ReadonlyMap<string, number>): Promise<string[]> {
  const hosts = await stage.sql<{ id: string; url: string }[]>`select id, url from host`;
  const found = await violations(
    stage.sql,
    hosts.map(({ id, url }) => ({ hostId: id, url })),
  );
  for (const [id, replicas] of wished) {
    const row = await deploymentOf(scope, id);
    if (row?.phase !== 'ready') found.push(`${row?.name} is ${row?.phase}: ${row?.reason}`);
    const rows = await stage.sql<{ revision: number; restarts: number; phase: string; state: string }[]>`
      select r.revision, r.restarts, r.phase, c.state from replica r join container c on c.id = r.container_id where r.deployment_id = ${id}`;
    if (rows.length !== replicas) found.push(`${row?.name} has ${rows.length} replicas instead of ${replicas}`);
    for (const one of rows) {
      if (one.revision !== row?.revision || one.restarts !== row.restarts || one.phase !== 'ready')
        found.push(`a replica of ${row?.name} is ${JSON.stringify(one)}`);
    }
  }
  return found;
}
