import { and, desc, eq, sql } from 'drizzle-orm';
import { deployment, replica } from '../schema/deployment.ts';
import { containerRecord } from '../schema/record.ts';
import { tenant } from '../schema/tenant.ts';
import type { SystemScope, TenantScope } from '../scope.ts';

export type ContainerRecordRow = typeof containerRecord.$inferSelect;

/** How long the tenant keeps records, in days; 0: none are made. */
export async function recordDays(scope: TenantScope): Promise<number> {
  const [row] = await scope.db.select({ days: tenant.recordDays }).from(tenant).where(eq(tenant.id, scope.tenantId));
  return row?.days ?? 0;
}

export async function recordDaysSet(scope: SystemScope, tenantId: string, days: number): Promise<void> {
  await scope.db.update(tenant).set({ recordDays: days }).where(eq(tenant.id, tenantId));
}

/** How long the record of a container would be kept, and the deployment that it is a replica of. */
export async function recordTerms(
  scope: TenantScope,
  containerId: string,
): Promise<{ days: number; deployment: string | null; revision: number | null } | undefined> {
  const [row] = await scope.db
    .select({ days: tenant.recordDays, deployment: deployment.name, revision: replica.revision })
    .from(tenant)
    .leftJoin(replica, and(eq(replica.tenantId, tenant.id), eq(replica.containerId, containerId)))
    .leftJoin(deployment, and(eq(deployment.tenantId, tenant.id), eq(deployment.id, replica.deploymentId)))
    .where(eq(tenant.id, scope.tenantId));
  return row;
}

type RecordState = Omit<ContainerRecordRow, 'tenantId' | 'removedAt' | 'logLines' | 'logTruncated'>;

/** A removal that is tried again makes no second record: what is known last counts, and a log that was kept stays. */
export async function recordSet(scope: TenantScope, state: RecordState): Promise<void> {
  await scope.db
    .insert(containerRecord)
    .values({ ...state, tenantId: scope.tenantId })
    .onConflictDoUpdate({
      target: containerRecord.id,
      set: { ...state, removedAt: sql`now()` },
      setWhere: eq(containerRecord.tenantId, scope.tenantId),
    });
}

/** Its log lies in the store now. */
export async function recordLogSet(scope: TenantScope, id: string, lines: number, truncated: boolean): Promise<void> {
  await scope.db
    .update(containerRecord)
    .set({ logLines: lines, logTruncated: truncated })
    .where(and(eq(containerRecord.tenantId, scope.tenantId), eq(containerRecord.id, id)));
}

/** By the container's row id or its engine id. */
export async function recordOf(scope: TenantScope, id: string): Promise<ContainerRecordRow | undefined> {
  const isRowId = id.includes('-');
  const [row] = await scope.db
    .select()
    .from(containerRecord)
    .where(and(eq(containerRecord.tenantId, scope.tenantId), isRowId ? eq(containerRecord.id, id) : eq(containerRecord.engineId, id)));
  return row;
}

/** The newest first, from the one after `after` on. */
export function recordPage(
  scope: TenantScope,
  filter: { deployment?: string | undefined; name?: string | undefined },
  after: { removedAt: Date; id: string } | null,
  limit: number,
): Promise<ContainerRecordRow[]> {
  return scope.db
    .select()
    .from(containerRecord)
    .where(
      and(
        eq(containerRecord.tenantId, scope.tenantId),
        filter.deployment === undefined ? undefined : eq(containerRecord.deployment, filter.deployment),
        filter.name === undefined ? undefined : eq(containerRecord.name, filter.name),
        after === null
          ? undefined
          : sql`(${containerRecord.removedAt}, ${containerRecord.id}) < (${after.removedAt.toISOString()}::timestamptz, ${after.id}::uuid)`,
      ),
    )
    .orderBy(desc(containerRecord.removedAt), desc(containerRecord.id))
    .limit(limit);
}

/** Some of the records that are older than their tenants keep them. */
export function recordsOld(scope: SystemScope, limit: number): Promise<{ id: string; tenantId: string }[]> {
  return scope.db
    .select({ id: containerRecord.id, tenantId: containerRecord.tenantId })
    .from(containerRecord)
    .innerJoin(tenant, eq(tenant.id, containerRecord.tenantId))
    .where(sql`${containerRecord.removedAt} < now() - ${tenant.recordDays} * interval '1 day'`)
    .limit(limit);
}

/** Some of a tenant's records. */
export function recordsSome(scope: TenantScope, limit: number): Promise<{ id: string; tenantId: string }[]> {
  return scope.db
    .select({ id: containerRecord.id, tenantId: containerRecord.tenantId })
    .from(containerRecord)
    .where(eq(containerRecord.tenantId, scope.tenantId))
    .limit(limit);
}

export async function recordDelete(scope: SystemScope, id: string): Promise<void> {
  await scope.db.delete(containerRecord).where(eq(containerRecord.id, id));
}
