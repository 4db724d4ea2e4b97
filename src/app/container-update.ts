import type { TenantScope } from '../db/scope.ts';
import { type ContainerRow, containerRelease } from '../db/store/container.ts';
import { containerShareChange } from '../db/store/container-share.ts';
import { replicaRevision } from '../db/store/replica.ts';
import { tenantRules } from '../db/store/tenant.ts';
import { BerthError } from '../domain/errors.ts';
import { EngineError } from '../engine/engine.ts';
import {
  type ContainerUpdate,
  containerUpdateApply,
  containerUpdateWrite,
  type EngineContainerUpdate,
} from '../policy/container-update.ts';
import { demandOf } from '../scheduler/demand.ts';
import { containerEngine } from './container-host.ts';
import { containerScrub } from './container-scrub.ts';
import { containerTouched } from './container-seen.ts';
import { containerWork } from './container-work.ts';
import type { App } from './context.ts';
import { engineFailure } from './engine-failure.ts';

/**
 * Changes what a container may use, and how it is restarted: the row with its share of the host first, then the engine. What the engine
 * refuses is taken back. Throws `unavailable` when its host has no room for more, `refused` beyond the quota, or when
 * a limit is taken away that a quota of cpus asks for, `conflict` for a replica.
 */
export async function containerUpdate(app: App, scope: TenantScope, row: ContainerRow, update: ContainerUpdate): Promise<void> {
  if (await replicaRevision(scope, row.id))
    throw new BerthError('conflict', `${row.name} is a replica of a deployment, which would replace it. Change the deployment instead.`);
  const wish = containerUpdateApply(row.spec, update);
  if (update.nanoCpus === 0 && (await tenantRules(scope)).quota.nanoCpus !== null)
    throw new BerthError(
      'refused',
      'This tenant has a quota of cpus, so a container keeps a limit of its own. Ask for another one, as --cpus 2.',
    );
  const before = { resources: row.spec.resources, restartPolicy: row.spec.restartPolicy };
  const { processId } = app;
  await containerWork(app, row.id, async () => {
    const written = await containerShareChange(app.system, { id: row.id, processId, wish, demand: demandOf(wish.resources) });
    if (!written) throw noRoom();
    app.directory.containers.apply(written);
    await app.step('update:intent');
    try {
      await engineUpdate(app, written, before.resources.nanoCpus !== 0);
    } catch (error) {
      if (error instanceof EngineError) {
        const demand = demandOf(before.resources);
        const back = await containerShareChange(app.system, { id: row.id, processId: null, wish: before, demand, instead: wish });
        if (back) app.directory.containers.apply(back);
      }
      throw engineFailure(error, containerScrub(app, row));
    }
    await containerRelease(app.system, row.id, processId);
  });
  await containerTouched(app, row);
}

/** Carries out an update that was cut short; what the engine refuses stays as its owner sees it. May be started twice. */
export async function containerUpdateSettle(app: App, row: ContainerRow): Promise<void> {
  const { HostConfig } = await containerEngine(app, row).json<{ HostConfig: { NanoCpus?: number } }>({
    method: 'GET',
    path: `/containers/${row.engineId}/json`,
  });
  const limited = (HostConfig.NanoCpus ?? 0) !== 0;
  const wish = updateWrite(app, row, limited);
  // Where there is no swap an engine forgets what it was told of it.
  const has = { ...HostConfig, MemorySwap: wish.MemorySwap } as typeof wish;
  if (Object.entries(wish).every(([name, value]) => JSON.stringify(has[name as keyof typeof wish]) === JSON.stringify(value))) return;
  try {
    await engineUpdate(app, row, limited);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    app.log.warn('an engine refused the limits of a container', { container: row.id, cause: String(error) });
  }
}

function updateWrite(app: App, row: ContainerRow, limited: boolean): EngineContainerUpdate {
  const hostCpus = app.fleet.host(row.hostId)?.watch.facts?.cpus ?? 0;
  return containerUpdateWrite(row.spec, { sandboxed: row.isolation === 'sandboxed', limited, hostCpus });
}

/** `limited`: its engine holds it to some cpus. */
async function engineUpdate(app: App, row: ContainerRow, limited: boolean): Promise<void> {
  await containerEngine(app, row).json({
    method: 'POST',
    path: `/containers/${row.engineId}/update`,
    json: updateWrite(app, row, limited),
  });
}

function noRoom(): BerthError {
  return new BerthError(
    'unavailable',
    'The host of this container has no room for that at the moment: its memory or cpu is held by running containers. Ask for less, or make the container anew to have it placed elsewhere.',
  );
}
