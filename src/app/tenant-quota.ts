import { type SystemScope, tenantScope } from '../db/scope.ts';
import { type QuotaUsage, tenantQuotaSet, tenantUsage } from '../db/store/quota.ts';
import type { TenantRow } from '../db/store/tenant.ts';
import type { Quota } from '../domain/quota.ts';
import { tenantRead } from './tenant-admin.ts';

/** For what comes next; what the tenant has stays. Throws `not_found`. */
export async function tenantQuotaChange(system: SystemScope, id: string, quota: Partial<Quota>): Promise<TenantRow> {
  await tenantQuotaSet(system, id, quota);
  return tenantRead(system, id);
}

/** Throws `not_found`. */
export async function tenantUsageRead(system: SystemScope, id: string): Promise<{ used: QuotaUsage; quota: Quota }> {
  const { quota } = await tenantRead(system, id);
  return { used: await tenantUsage(tenantScope(system.db, id)), quota };
}
