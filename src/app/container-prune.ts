import type { TenantScope } from '../db/scope.ts';
import { wishedOf } from '../db/store/wished.ts';
import { eachAtOnce } from '../domain/each-at-once.ts';
import { BerthError } from '../domain/errors.ts';
import { containerRemove } from './container-remove.ts';
import { type ContainerSeen, containersSeen } from './container-seen.ts';
import { containerSizes } from './container-sizes.ts';
import type { App } from './context.ts';
import { eventPruned, eventTell } from './event-tell.ts';

/** Whether the filters of a prune mean a thing with these labels, made then. */
export type PruneMatch = (thing: { labels: Record<string, string>; createdAt: Date }) => boolean;

/**
 * Removes the tenant's containers that do not run, on all hosts, but none that a deployment or a job made: those have an owner that
 * counts on them. One that cannot be removed stays, as with Docker. Source: moby, daemon/prune.go ContainersPrune.
 */
export async function containerPrune(app: App, scope: TenantScope, matches: PruneMatch): Promise<{ removed: string[]; bytes: number }> {
  const wished = await wishedOf(scope);
  const ended = (await containersSeen(app, scope)).filter(
    ({ row, document: { State }, unknownSince }) =>
      !State.Running &&
      !State.Restarting &&
      unknownSince === null &&
      !wished.containers.has(row.id) &&
      matches({ ...row, labels: row.spec.labels }),
  );
  const removed: string[] = [];
  let bytes = 0;
  await eachAtOnce(ended, 4, async (seen) => {
    const size = await containerSizes(app, seen);
    if (!(await removedNow(app, scope, seen))) return;
    removed.push(seen.row.engineId);
    bytes += size?.rw ?? 0;
  });
  await eventTell(app, scope, eventPruned('container', bytes));
  return { removed, bytes };
}

async function removedNow(app: App, scope: TenantScope, { row }: ContainerSeen): Promise<boolean> {
  try {
    await containerRemove(app, scope, row, { force: false, volumes: false });
    return true;
  } catch (error) {
    if (error instanceof BerthError) return false;
    throw error;
  }
}
