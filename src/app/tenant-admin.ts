import type { SystemScope } from '../db/scope.ts';
import { type TenantRow, tenantGet, tenantIsolationSet, tenantPage } from '../db/store/tenant.ts';
import { BerthError } from '../domain/errors.ts';
import type { IsolationRule } from '../domain/isolation.ts';

export function tenantsRead(system: SystemScope, after: string | null, limit: number): Promise<TenantRow[]> {
  return tenantPage(system, after, limit);
}

/** Throws `not_found`. */
export async function tenantRead(system: SystemScope, id: string): Promise<TenantRow> {
  const row = await tenantGet(system, id);
  if (!row) throw new BerthError('not_found', 'There is no such tenant.');
  return row;
}

/** The default and the floor of a tenant's containers to come; those that are there keep what they have. Throws `not_found`. */
export async function tenantIsolationChange(system: SystemScope, id: string, rule: Partial<IsolationRule>): Promise<TenantRow> {
  await tenantIsolationSet(system, id, rule);
  return tenantRead(system, id);
}

/** A tenant that may get something new. Throws `not_found`, and `conflict` while it is being deleted. */
export async function tenantActive(system: SystemScope, id: string): Promise<TenantRow> {
  const row = await tenantRead(system, id);
  if (row.state !== 'active') throw new BerthError('conflict', 'This tenant is being deleted.');
  return row;
}
