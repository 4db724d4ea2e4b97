import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import { BerthError } from '../../domain/errors.ts';
import { network, networkRealization, placementGroup } from '../schema/network.ts';
import { type SystemScope, type TenantScope, uniqueViolation } from '../scope.ts';

export type NetworkRow = typeof network.$inferSelect;
export type RealizationRow = typeof networkRealization.$inferSelect;
export type GroupRow = typeof placementGroup.$inferSelect;

export async function groupEnsure(scope: TenantScope, key: string): Promise<GroupRow> {
  const where = and(eq(placementGroup.tenantId, scope.tenantId), eq(placementGroup.key, key));
  const [found] = await scope.db.select().from(placementGroup).where(where);
  if (found) return found;
  await scope.db.insert(placementGroup).values({ tenantId: scope.tenantId, key }).onConflictDoNothing();
  const [made] = await scope.db.select().from(placementGroup).where(where);
  return made as GroupRow;
}

export async function groupGet(scope: TenantScope, id: string): Promise<GroupRow | undefined> {
  const [row] = await scope.db
    .select()
    .from(placementGroup)
    .where(and(eq(placementGroup.tenantId, scope.tenantId), eq(placementGroup.id, id)));
  return row;
}

/** Binds a group to a host unless it is bound; answers where it is bound now. */
export async function groupBind(scope: TenantScope, id: string, hostId: string): Promise<string> {
  const mine = and(eq(placementGroup.tenantId, scope.tenantId), eq(placementGroup.id, id));
  await scope.db
    .update(placementGroup)
    .set({ hostId })
    .where(and(mine, isNull(placementGroup.hostId)));
  const [row] = await scope.db.select({ hostId: placementGroup.hostId }).from(placementGroup).where(mine);
  return row?.hostId ?? hostId;
}

/** A group that nothing lives in any more may go anywhere again. What is only still to be removed, from a host that may be lost, holds it nowhere. */
export async function groupUnbindEmpty(scope: TenantScope, id: string): Promise<void> {
  await scope.db.execute(sql`
    update placement_group g set host_id = null where g.id = ${id} and g.tenant_id = ${scope.tenantId}
      and not exists (select from container c where c.tenant_id = g.tenant_id and c.group_id = g.id and c.state in ('creating', 'created'))
      and not exists (select from network n join network_realization r on r.network_id = n.id where n.tenant_id = g.tenant_id and n.group_id = g.id and n.state = 'active')
      and not exists (select from volume v where v.tenant_id = g.tenant_id and v.group_id = g.id and v.state = 'active' and v.host_id is not null)`);
}

export async function networkInsert(scope: TenantScope, values: Omit<NetworkRow, 'tenantId' | 'state' | 'createdAt'>): Promise<NetworkRow> {
  try {
    const [row] = await scope.db
      .insert(network)
      .values({ ...values, tenantId: scope.tenantId })
      .returning();
    return row as NetworkRow;
  } catch (error) {
    if (uniqueViolation(error) === 'network_name') throw new BerthError('conflict', `network with name ${values.name} already exists`);
    throw error;
  }
}

export function networkLiving(scope: SystemScope): Promise<NetworkRow[]> {
  return scope.db.select().from(network).orderBy(asc(network.createdAt));
}

export function networksOf(scope: TenantScope): Promise<NetworkRow[]> {
  return scope.db.select().from(network).where(eq(network.tenantId, scope.tenantId));
}

/** Frees the name and makes the removal certain, whatever dies next. */
export async function networkRemoving(scope: TenantScope, id: string): Promise<boolean> {
  const rows = await scope.db
    .update(network)
    .set({ state: 'removing' })
    .where(and(eq(network.tenantId, scope.tenantId), eq(network.id, id)))
    .returning({ id: network.id });
  return rows.length > 0;
}

/** Takes it back: an engine refused. Nothing where the name is another's by now. */
export async function networkRemovingUndo(scope: TenantScope, id: string): Promise<void> {
  try {
    await scope.db
      .update(network)
      .set({ state: 'active' })
      .where(and(eq(network.tenantId, scope.tenantId), eq(network.id, id), eq(network.state, 'removing')));
  } catch (error) {
    if (uniqueViolation(error) !== 'network_name') throw error;
  }
}

export async function networkRemoved(scope: TenantScope, id: string): Promise<void> {
  await scope.db.delete(network).where(and(eq(network.tenantId, scope.tenantId), eq(network.id, id), eq(network.state, 'removing')));
}

export function networksRemoving(scope: SystemScope): Promise<NetworkRow[]> {
  return scope.db.select().from(network).where(eq(network.state, 'removing'));
}

export function realizationsAll(scope: SystemScope): Promise<RealizationRow[]> {
  return scope.db.select().from(networkRealization);
}

export function realizationsOf(scope: SystemScope, networkId: string): Promise<RealizationRow[]> {
  return scope.db.select().from(networkRealization).where(eq(networkRealization.networkId, networkId));
}

/** How many /24s 100.64.0.0/10 holds, but for the last one, which is for probes of the walls. */
const subnetCount = 16_383;

/** The first free one from `start` on, around the end: the lowest of all would tell a tenant how many networks the fleet has. */
function subnetFree(start: number) {
  return sql`(select (${start}::int + i) % ${subnetCount}::int from generate_series(0, ${subnetCount - 1}) i
    where not exists (select from network_realization where subnet_index = (${start}::int + i) % ${subnetCount}::int) order by i limit 1)`;
}

/** Gives a network a subnet of its own on a host, free in the whole fleet. The same one if it has it already. */
export async function realizationEnsure(scope: SystemScope, networkId: string, hostId: string): Promise<RealizationRow> {
  const where = and(eq(networkRealization.networkId, networkId), eq(networkRealization.hostId, hostId));
  for (let attempt = 0; attempt < 20; attempt++) {
    const [found] = await scope.db.select().from(networkRealization).where(where);
    if (found) return found;
    try {
      const [made] = await scope.db
        .insert(networkRealization)
        .values({
          networkId,
          hostId,
          subnetIndex: subnetFree(Math.floor(Math.random() * subnetCount)),
        })
        .onConflictDoNothing()
        .returning();
      if (made) return made;
    } catch (error) {
      if (uniqueViolation(error) === null) throw error;
    }
  }
  throw new BerthError(
    'unavailable',
    'No subnet is free for another network at the moment. Remove networks that are not in use and try again.',
  );
}

export async function realizationMade(scope: SystemScope, networkId: string, hostId: string, engineId: string): Promise<void> {
  await scope.db
    .update(networkRealization)
    .set({ engineId })
    .where(and(eq(networkRealization.networkId, networkId), eq(networkRealization.hostId, hostId)));
}

export async function realizationGone(scope: SystemScope, networkId: string, hostId: string): Promise<void> {
  await scope.db.delete(networkRealization).where(and(eq(networkRealization.networkId, networkId), eq(networkRealization.hostId, hostId)));
}

/** Gives it another subnet, far from the one that clashed with something on its host. */
export async function realizationMove(scope: SystemScope, networkId: string, hostId: string): Promise<RealizationRow> {
  const where = and(eq(networkRealization.networkId, networkId), eq(networkRealization.hostId, hostId));
  for (;;) {
    try {
      const [row] = await scope.db
        .update(networkRealization)
        .set({ subnetIndex: Math.floor(Math.random() * subnetCount) })
        .where(where)
        .returning();
      if (!row) throw new BerthError('not_found', 'The network was removed meanwhile.');
      return row;
    } catch (error) {
      if (uniqueViolation(error) === null) throw error;
    }
  }
}
