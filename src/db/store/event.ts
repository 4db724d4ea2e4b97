import { and, asc, eq, gt, gte, inArray, or, sql } from 'drizzle-orm';
import type { ContainerSpec } from '../../domain/container-spec.ts';
import type { EventNew } from '../../domain/event.ts';
import { container, exec } from '../schema/container.ts';
import { deployment, replica } from '../schema/deployment.ts';
import { event, eventCounter } from '../schema/event.ts';
import type { SystemScope, TenantScope } from '../scope.ts';

export type EventRow = typeof event.$inferSelect;

/** What a reader wants; null: all. */
export interface EventFilter {
  types: string[] | null;
  /** `health_status` means all of its values too. */
  actions: string[] | null;
  /** An id or a name. */
  container: string | null;
  deployment: string | null;
}

/**
 * Writes events in this order at the end of the tenant's history, but none whose source is there already, and wakes who waits for it.
 * Within a transaction this should come last: until it ends nobody else can write.
 */
export async function eventsAppend(scope: Pick<TenantScope, 'tenantId' | 'db'>, events: readonly EventNew[]): Promise<void> {
  const items = JSON.stringify(events.map((one) => ({ ...one, timeNano: String(one.timeNano) })));
  await scope.db.execute(sql`select berth_events_append(${scope.tenantId}::uuid, ${items}::jsonb)`);
}

/** Those after `after`, the oldest first. */
export function eventsAfter(scope: TenantScope, after: number, filter: EventFilter, limit: number): Promise<EventRow[]> {
  const { types, actions, container: about, deployment: of } = filter;
  return scope.db
    .select()
    .from(event)
    .where(
      and(
        eq(event.tenantId, scope.tenantId),
        gt(event.seq, after),
        types === null ? undefined : inArray(event.type, types as EventRow['type'][]),
        actions === null ? undefined : inArray(sql`split_part(${event.action}, ':', 1)`, actions),
        about === null ? undefined : and(eq(event.type, 'container'), or(eq(event.actorId, about), eq(event.actorName, about))),
        of === null ? undefined : eq(event.deployment, of),
      ),
    )
    .orderBy(asc(event.seq))
    .limit(limit);
}

/** The place in the history after which everything happened at this time or later; the end of it where nothing did. */
export async function eventsSince(scope: TenantScope, timeNano: bigint): Promise<number> {
  const [first] = await scope.db
    .select({ seq: sql<string | null>`min(${event.seq})` })
    .from(event)
    .where(and(eq(event.tenantId, scope.tenantId), gte(event.timeNano, timeNano)));
  return first?.seq ? Number(first.seq) - 1 : (await eventsKept(scope)).last;
}

export async function eventsKept(scope: TenantScope): Promise<{ last: number; pruned: number }> {
  const [row] = await scope.db.select().from(eventCounter).where(eq(eventCounter.tenantId, scope.tenantId));
  return row ?? { last: 0, pruned: 0 };
}

/** Forgets what is older, and remembers up to where. */
export async function eventsPrune(scope: SystemScope, keptDays: number): Promise<void> {
  await scope.db.execute(sql`
    with gone as (delete from event where recorded_at < now() - make_interval(days => ${keptDays}) returning tenant_id, seq)
    update event_counter c set pruned = g.seq
    from (select tenant_id, max(seq) as seq from gone group by tenant_id) g where g.tenant_id = c.tenant_id`);
}

/** What an event of an engine is told with: whose container it is, and which of these execs are a tenant's. */
export interface EventOwner {
  id: string;
  tenantId: string;
  name: string;
  spec: ContainerSpec;
  deployment: string | null;
}

export function eventOwners(scope: SystemScope, containerIds: readonly string[]): Promise<EventOwner[]> {
  return scope.db
    .select({
      ...{ id: container.id, tenantId: container.tenantId, name: container.name, spec: container.spec, deployment: deployment.name },
    })
    .from(container)
    .leftJoin(replica, eq(replica.containerId, container.id))
    .leftJoin(deployment, eq(deployment.id, replica.deploymentId))
    .where(inArray(container.id, [...containerIds]));
}

/** Those of these ids that a tenant's exec has: an engine's own health probes are execs too. */
export async function execsOwn(scope: SystemScope, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await scope.db
    .select({ id: exec.id })
    .from(exec)
    .where(inArray(exec.id, [...ids]));
  return new Set(rows.map(({ id }) => id));
}

/** The starts and ends of these containers (by the engine's ids) that are told, since a moment (nanoseconds) of the days that are kept. */
export function eventsOfLives(
  scope: SystemScope,
  actorIds: readonly string[],
  sinceNano: bigint,
): Promise<Pick<EventRow, 'actorId' | 'action' | 'timeNano'>[]> {
  if (actorIds.length === 0) return Promise.resolve([]);
  return scope.db
    .select({ actorId: event.actorId, action: event.action, timeNano: event.timeNano })
    .from(event)
    .where(
      and(
        eq(event.type, 'container'),
        inArray(event.action, ['start', 'die']),
        inArray(event.actorId, [...actorIds]),
        gte(event.timeNano, sinceNano),
      ),
    );
}
