import { eq, sql } from 'drizzle-orm';
import { type Quota, type QuotaKind, quotaRefused } from '../../domain/quota.ts';
import { tenant, tenantDisk } from '../schema/tenant.ts';
import type { SystemScope, TenantScope } from '../scope.ts';

/** What the database knows of: the rest is counted by each server. */
export type QuotaUsage = Record<Exclude<QuotaKind, 'streams' | 'requestsPerSecond'>, number>;

/** What the tenant has now, counted as the triggers count it. */
export async function tenantUsage(scope: TenantScope): Promise<QuotaUsage> {
  const [row] = await scope.db.execute<Record<keyof QuotaUsage, string>>(sql`
    select
      berth_used(${scope.tenantId}, 'containers') as containers, berth_used(${scope.tenantId}, 'volumes') as volumes,
      berth_used(${scope.tenantId}, 'images') as images, berth_used(${scope.tenantId}, 'ports') as ports,
      berth_used(${scope.tenantId}, 'memoryBytes') as "memoryBytes", berth_used(${scope.tenantId}, 'nanoCpus') as "nanoCpus",
      berth_used(${scope.tenantId}, 'pids') as pids, berth_used(${scope.tenantId}, 'diskBytes') as "diskBytes"`);
  return Object.fromEntries(Object.entries(row ?? {}).map(([kind, used]) => [kind, Number(used)])) as unknown as QuotaUsage;
}

/** Throws `refused` when the tenant has more on disk than its quota: before it brings more. */
export async function tenantDiskRequire(scope: TenantScope): Promise<void> {
  const [row] = await scope.db.execute<{ most: string; used: string }>(sql`
    select quota ->> 'diskBytes' as most, berth_used(id, 'diskBytes') as used from tenant where id = ${scope.tenantId}`);
  if (row && Number(row.used) > Number(row.most)) throw quotaRefused('diskBytes', Number(row.most));
}

/** What a host holds of each tenant, in bytes, in the place of what it held when it was measured before. */
export async function tenantDiskSet(scope: SystemScope, hostId: string, bytes: ReadonlyMap<string, number>): Promise<void> {
  const measured = [...bytes].map(([tenantId, held]) => ({ tenantId, hostId, bytes: held }));
  await scope.db.transaction(async (tx) => {
    await tx.delete(tenantDisk).where(eq(tenantDisk.hostId, hostId));
    if (measured.length > 0) await tx.insert(tenantDisk).values(measured);
  });
}

/** The fields that are given, at once for what comes next; what is there stays. False when there is no such tenant. */
export async function tenantQuotaSet(scope: SystemScope, id: string, quota: Partial<Quota>): Promise<boolean> {
  const rows = await scope.db
    .update(tenant)
    .set({ quota: sql`${tenant.quota} || ${JSON.stringify(quota)}::jsonb` })
    .where(eq(tenant.id, id))
    .returning({ id: tenant.id });
  return rows.length > 0;
}
