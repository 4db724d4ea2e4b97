import { and, asc, eq, gt } from 'drizzle-orm';
import { BerthError } from '../../domain/errors.ts';
import type { IsolationRule } from '../../domain/isolation.ts';
import type { Quota } from '../../domain/quota.ts';
import { container } from '../schema/container.ts';
import { imageGrant, imageReference } from '../schema/image.ts';
import { network, volume } from '../schema/network.ts';
import { tenant } from '../schema/tenant.ts';
import { type SystemScope, type TenantScope, uniqueViolation } from '../scope.ts';

export type TenantRow = typeof tenant.$inferSelect;

/** Throws `conflict` when the name is taken. */
export async function tenantInsert(scope: SystemScope, name: string): Promise<TenantRow> {
  try {
    const [row] = await scope.db.insert(tenant).values({ name }).returning();
    return row as TenantRow;
  } catch (error) {
    if (uniqueViolation(error) !== null) throw new BerthError('conflict', `A tenant named "${name}" exists already. Choose another name.`);
    throw error;
  }
}

export async function tenantGet(scope: SystemScope, id: string): Promise<TenantRow | undefined> {
  const [row] = await scope.db.select().from(tenant).where(eq(tenant.id, id));
  return row;
}

export async function tenantByName(scope: SystemScope, name: string): Promise<TenantRow | undefined> {
  const [row] = await scope.db.select().from(tenant).where(eq(tenant.name, name));
  return row;
}

/** What a tenant's containers are held to when they are made. Throws `not_found`. */
export async function tenantRules(scope: TenantScope): Promise<{ isolation: IsolationRule; quota: Quota }> {
  const [row] = await scope.db
    .select({ isolation: { default: tenant.isolationDefault, floor: tenant.isolationFloor }, quota: tenant.quota })
    .from(tenant)
    .where(eq(tenant.id, scope.tenantId));
  if (!row) throw new BerthError('not_found', 'There is no such tenant.');
  return row;
}

/** False when there is no such tenant. */
export async function tenantIsolationSet(scope: SystemScope, id: string, rule: Partial<IsolationRule>): Promise<boolean> {
  const rows = await scope.db
    .update(tenant)
    .set({ isolationDefault: rule.default, isolationFloor: rule.floor })
    .where(eq(tenant.id, id))
    .returning({ id: tenant.id });
  return rows.length > 0;
}

/** By id, from the one after `after`. */
export function tenantPage(scope: SystemScope, after: string | null, limit: number): Promise<TenantRow[]> {
  return scope.db
    .select()
    .from(tenant)
    .where(after === null ? undefined : gt(tenant.id, after))
    .orderBy(asc(tenant.id))
    .limit(limit);
}

export function tenantsDeleting(scope: SystemScope): Promise<TenantRow[]> {
  return scope.db.select().from(tenant).where(eq(tenant.state, 'deleting'));
}

/** From here on the tenant's credentials are worth nothing. False when there is no such tenant. */
export async function tenantDeleteBegin(scope: SystemScope, id: string): Promise<boolean> {
  const rows = await scope.db.update(tenant).set({ state: 'deleting' }).where(eq(tenant.id, id)).returning({ id: tenant.id });
  return rows.length > 0;
}

/** The last rows of a tenant whose containers, networks and volumes are gone from every engine. */
export async function tenantDeleteFinish(scope: TenantScope): Promise<void> {
  const id = scope.tenantId;
  await scope.db.delete(container).where(and(eq(container.tenantId, id), eq(container.state, 'removed')));
  await scope.db.delete(imageReference).where(eq(imageReference.tenantId, id));
  await scope.db.delete(imageGrant).where(eq(imageGrant.tenantId, id));
  await scope.db.delete(volume).where(and(eq(volume.tenantId, id), eq(volume.state, 'removing')));
  await scope.db.delete(network).where(and(eq(network.tenantId, id), eq(network.state, 'removing')));
  await scope.db.delete(tenant).where(eq(tenant.id, id));
}
