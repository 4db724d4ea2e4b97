import { and, asc, eq, gt, inArray, isNull, lt, ne, or, sql } from 'drizzle-orm';
import { BerthError } from '../../domain/errors.ts';
import { container } from '../schema/container.ts';
import { host } from '../schema/host.ts';
import { networkRealization, placementGroup, volume } from '../schema/network.ts';
import { type SystemScope, scopeTransaction, uniqueViolation } from '../scope.ts';

export type HostRow = typeof host.$inferSelect;

export async function hostInsert(
  scope: SystemScope,
  values: { name: string; url: string; sealedTls: Uint8Array | null; labels: Record<string, string>; tenants?: string[] },
): Promise<HostRow> {
  try {
    const [row] = await scope.db.insert(host).values(values).returning();
    return row as HostRow;
  } catch (error) {
    const constraint = uniqueViolation(error);
    if (constraint === null) throw error;
    throw new BerthError(
      'conflict',
      constraint.includes('url')
        ? 'A host with this address is in the fleet already.'
        : `A host named "${values.name}" is in the fleet already.`,
    );
  }
}

export function hostList(scope: SystemScope): Promise<HostRow[]> {
  return scope.db.select().from(host).orderBy(asc(host.createdAt), asc(host.id));
}

export function hostPage(scope: SystemScope, after: string | null, limit: number): Promise<HostRow[]> {
  return scope.db
    .select()
    .from(host)
    .where(after === null ? undefined : gt(host.id, after))
    .orderBy(asc(host.id))
    .limit(limit);
}

export async function hostGet(scope: SystemScope, id: string): Promise<HostRow | undefined> {
  const [row] = await scope.db.select().from(host).where(eq(host.id, id));
  return row;
}

export async function hostUpdate(scope: SystemScope, id: string, set: Partial<Omit<HostRow, 'id'>>): Promise<HostRow | undefined> {
  const [row] = await scope.db.update(host).set(set).where(eq(host.id, id)).returning();
  return row;
}

/** An engine answered: the host is ready, unless it is being drained. */
export async function hostSeen(scope: SystemScope, id: string, facts: Partial<HostRow>): Promise<void> {
  await scope.db
    .update(host)
    .set({ ...facts, seenAt: sql`now()` })
    .where(eq(host.id, id));
  await scope.db
    .update(host)
    .set({ state: 'ready' })
    .where(and(eq(host.id, id), inArray(host.state, ['joining', 'unreachable', 'lost'])));
}

/**
 * Its replicas are made elsewhere from now on. False: it was lost already, is in another state by now, or is not this process's to give
 * up: one that stood still for a while has heard nothing of any host, and somebody else keeps them since.
 */
export async function hostLost(scope: SystemScope, id: string, processId: string): Promise<boolean> {
  const kept = and(eq(host.keeper, processId), gt(host.keeperUntil, sql`now()`));
  const rows = await scope.db
    .update(host)
    .set({ state: 'lost' })
    .where(and(eq(host.id, id), kept, inArray(host.state, ['ready', 'draining', 'unreachable'])))
    .returning({ id: host.id });
  return rows.length > 0;
}

export async function hostUnreachable(scope: SystemScope, id: string): Promise<void> {
  await scope.db
    .update(host)
    .set({ state: 'unreachable' })
    .where(and(eq(host.id, id), inArray(host.state, ['ready'])));
}

/** A replica on it was reached. */
export async function hostAnswered(scope: SystemScope, id: string): Promise<void> {
  await scope.db.update(host).set({ answeredAt: sql`now()` }).where(eq(host.id, id));
}

/** What a probe of the host's walls found. */
export async function hostWallsSet(scope: SystemScope, id: string, walls: HostRow['walls'], wallsDetail: string): Promise<void> {
  await scope.db.update(host).set({ walls, wallsDetail, wallsAt: sql`now()` }).where(eq(host.id, id));
}

/** They are probed every few minutes: older than this, and nobody has looked. */
const wallsMs = 3_600_000;

export function hostWalled(row: Pick<HostRow, 'walls' | 'wallsAt'>): boolean {
  return row.walls === 'verified' && row.wallsAt !== null && Date.now() - row.wallsAt.getTime() < wallsMs;
}

/** Takes or renews the lease on a host. True: this process settles its containers now. */
export async function hostKeep(scope: SystemScope, id: string, processId: string, leaseMs: number): Promise<boolean> {
  const rows = await scope.db
    .update(host)
    .set({ keeper: processId, keeperUntil: sql`now() + make_interval(secs => ${leaseMs / 1000})` })
    .where(and(eq(host.id, id), or(isNull(host.keeper), eq(host.keeper, processId), lt(host.keeperUntil, sql`now()`))))
    .returning({ id: host.id });
  return rows.length > 0;
}

export async function hostRelease(scope: SystemScope, processId: string): Promise<void> {
  await scope.db.update(host).set({ keeper: null, keeperUntil: null }).where(eq(host.keeper, processId));
}

/** What created but never started containers will want, counted for this long so that a burst of creates spreads. */
const pendingSeconds = 60;

/** Per host: memory and cpu of containers just created and not yet started, and how many containers live there. */
export async function hostPending(scope: SystemScope): Promise<Map<string, { memoryBytes: number; nanoCpus: number; containers: number }>> {
  const pending = sql`${container.startedOnce} = false and ${container.createdAt} > now() - make_interval(secs => ${pendingSeconds})`;
  const rows = await scope.db
    .select({
      hostId: container.hostId,
      memoryBytes: sql<string>`coalesce(sum(${container.demandMemoryBytes}) filter (where ${pending}), 0)`,
      nanoCpus: sql<string>`coalesce(sum(${container.demandNanoCpus}) filter (where ${pending}), 0)`,
      containers: sql<string>`count(*)`,
    })
    .from(container)
    .where(ne(container.state, 'removed'))
    .groupBy(container.hostId);
  return new Map(
    rows.map((row) => [
      row.hostId,
      { memoryBytes: Number(row.memoryBytes), nanoCpus: Number(row.nanoCpus), containers: Number(row.containers) },
    ]),
  );
}

/** What keeps a host from being removed. */
export async function hostTenancy(scope: SystemScope, id: string): Promise<{ containers: number; volumes: number }> {
  const containers = await scope.db.$count(container, and(eq(container.hostId, id), ne(container.state, 'removed')));
  const volumes = await scope.db.$count(volume, eq(volume.hostId, id));
  return { containers, volumes };
}

/** Ids of the networks that were made on a host. */
export async function networksOnHost(scope: SystemScope, id: string): Promise<string[]> {
  const rows = await scope.db
    .select({ id: networkRealization.networkId })
    .from(networkRealization)
    .where(eq(networkRealization.hostId, id));
  return rows.map((row) => row.id);
}

/** Deletes a host and the tombstones on it, and lets its placement groups go elsewhere. False when something is on it after all. */
export async function hostDelete(scope: SystemScope, id: string): Promise<boolean> {
  try {
    await scopeTransaction(scope, async ({ db }) => {
      await db.delete(container).where(and(eq(container.hostId, id), eq(container.state, 'removed')));
      await db.update(placementGroup).set({ hostId: null }).where(eq(placementGroup.hostId, id));
      await db.delete(host).where(eq(host.id, id));
    });
    return true;
  } catch (error) {
    if (referenced(error)) return false;
    throw error;
  }
}

export interface FleetCounts {
  hosts: { state: string; count: number }[];
  containers: { state: string; count: number }[];
}

export async function fleetCounts(scope: SystemScope): Promise<FleetCounts> {
  const count = sql<number>`count(*)::int`;
  const [hosts, containers] = await Promise.all([
    scope.db.select({ state: host.state, count }).from(host).groupBy(host.state),
    scope.db.select({ state: container.state, count }).from(container).where(ne(container.state, 'removed')).groupBy(container.state),
  ]);
  return { hosts, containers };
}

/** Postgres: foreign_key_violation. */
function referenced(error: unknown): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause) if ((e as { code?: string }).code === '23503') return true;
  return false;
}
