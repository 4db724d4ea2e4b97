import { and, eq, getTableColumns, ne, sql } from 'drizzle-orm';
import { deployment, replica, revision } from '../schema/deployment.ts';
import type { SystemScope, TenantScope } from '../scope.ts';
import type { RevisionRow } from './deployment.ts';

export type ReplicaRow = typeof replica.$inferSelect;

/**
 * Writes the intent to make a replica, with its container's row in the same transaction. False when another process drives the
 * deployment by now: the epoch is the fence that engines do not have.
 */
export async function replicaInsert(
  scope: TenantScope,
  values: Pick<ReplicaRow, 'containerId' | 'deploymentId' | 'revision' | 'restarts' | 'slot' | 'epoch' | 'pinned'>,
): Promise<boolean> {
  const [fence] = await scope.db
    .select({ id: deployment.id })
    .from(deployment)
    .where(and(eq(deployment.tenantId, scope.tenantId), eq(deployment.id, values.deploymentId), eq(deployment.epoch, values.epoch)))
    .for('update');
  if (!fence) return false;
  await scope.db.insert(replica).values({ ...values, tenantId: scope.tenantId });
  return true;
}

/** The revision that a container is a replica of; undefined for a container that no deployment made. */
export async function replicaRevision(scope: TenantScope, containerId: string): Promise<RevisionRow | undefined> {
  const [row] = await scope.db
    .select(getTableColumns(revision))
    .from(replica)
    .innerJoin(revision, and(eq(revision.deploymentId, replica.deploymentId), eq(revision.number, replica.revision)))
    .where(and(eq(replica.tenantId, scope.tenantId), eq(revision.tenantId, scope.tenantId), eq(replica.containerId, containerId)));
  return row;
}

export function replicasOf(scope: SystemScope, deploymentId: string): Promise<ReplicaRow[]> {
  return scope.db.select().from(replica).where(eq(replica.deploymentId, deploymentId));
}

/** A replica came into another phase. */
export async function replicaPhase(scope: SystemScope, containerId: string, phase: ReplicaRow['phase']): Promise<void> {
  await scope.db
    .update(replica)
    .set({ phase, since: sql`now()` })
    .where(and(eq(replica.containerId, containerId), ne(replica.phase, phase)));
}

export async function replicaDelete(scope: SystemScope, containerId: string): Promise<void> {
  await scope.db.delete(replica).where(eq(replica.containerId, containerId));
}
