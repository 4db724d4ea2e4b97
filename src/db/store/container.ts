import { and, asc, eq, inArray, isNotNull, isNull, lt, ne, or, sql } from 'drizzle-orm';
import { BerthError } from '../../domain/errors.ts';
import { container, tombstone } from '../schema/container.ts';
import { type SystemScope, type TenantScope, uniqueViolation } from '../scope.ts';
import { withinQuota } from '../within-quota.ts';
import { livingProcesses } from './installation.ts';

/** A container as its row says it. What the engine last said of it is apart: `ContainerObserved`. */
export type ContainerRow = Omit<typeof container.$inferSelect, 'observed' | 'observedAt'>;

export interface ContainerObserved {
  id: string;
  observed: unknown;
  observedAt: Date | null;
}

export const containerColumns = {
  id: container.id,
  tenantId: container.tenantId,
  hostId: container.hostId,
  groupId: container.groupId,
  name: container.name,
  engineId: container.engineId,
  state: container.state,
  spec: container.spec,
  imageId: container.imageId,
  isolation: container.isolation,
  removeVolumes: container.removeVolumes,
  startedOnce: container.startedOnce,
  keepUntil: container.keepUntil,
  demandMemoryBytes: container.demandMemoryBytes,
  demandNanoCpus: container.demandNanoCpus,
  held: container.held,
  processId: container.processId,
  createdAt: container.createdAt,
  removedAt: container.removedAt,
};

/** The engine's name of a container: from the row alone, so that a retry finds what an earlier try made. */
export function containerEngineName(id: string): string {
  return `berth-${id}`;
}

export type ContainerInsert = Pick<
  ContainerRow,
  'id' | 'hostId' | 'groupId' | 'name' | 'spec' | 'imageId' | 'isolation' | 'processId' | 'demandMemoryBytes' | 'demandNanoCpus'
>;

/** Writes the intent to create. Throws `conflict` in Docker's words when the tenant has a container of that name. */
export async function containerInsert(scope: TenantScope, values: ContainerInsert): Promise<ContainerRow> {
  try {
    const [row] = await withinQuota(() =>
      scope.db
        .insert(container)
        .values({ ...values, tenantId: scope.tenantId, state: 'creating' })
        .returning(containerColumns),
    );
    return row as ContainerRow;
  } catch (error) {
    throw nameConflict(error, values.name);
  }
}

function nameConflict(error: unknown, name: string): unknown {
  return uniqueViolation(error) === 'container_name' ? containerNameConflict(name, 'another container') : error;
}

/** moby, daemon/names.go. `holder` may not be known where the name is found to be taken. */
export function containerNameConflict(name: string, holder: string): BerthError {
  return new BerthError(
    'conflict',
    `Conflict. The container name "/${name}" is already in use by ${holder}. You have to remove (or rename) that container to be able to reuse that name.`,
  );
}

/** The engine has it. Undefined when the intent was withdrawn, or taken over from this process, meanwhile. */
export async function containerCreated(
  scope: TenantScope,
  id: string,
  { engineId, processId }: { engineId: string; processId: string },
): Promise<ContainerRow | undefined> {
  const [row] = await scope.db
    .update(container)
    .set({ state: 'created', engineId, processId: null })
    .where(
      and(
        eq(container.tenantId, scope.tenantId),
        eq(container.id, id),
        eq(container.state, 'creating'),
        eq(container.processId, processId),
      ),
    )
    .returning(containerColumns);
  return row;
}

/** The new name at once; the process is the one that takes it to the engine. */
export async function containerRename(
  scope: TenantScope,
  id: string,
  { name, processId }: { name: string; processId: string },
): Promise<ContainerRow | undefined> {
  try {
    const [row] = await scope.db
      .update(container)
      .set({ name, processId })
      .where(and(eq(container.tenantId, scope.tenantId), eq(container.id, id), eq(container.state, 'created')))
      .returning(containerColumns);
    return row;
  } catch (error) {
    throw nameConflict(error, name);
  }
}

/** Writes the intent to remove, which frees the name. One caller wins; undefined for the others. */
export async function containerRemoving(
  scope: TenantScope,
  id: string,
  options: { removeVolumes: boolean; processId: string; unlessKept?: boolean },
): Promise<ContainerRow | undefined> {
  const [row] = await scope.db
    .update(container)
    .set({ state: 'removing', removeVolumes: options.removeVolumes, processId: options.processId })
    .where(
      and(
        eq(container.tenantId, scope.tenantId),
        eq(container.id, id),
        inArray(container.state, ['creating', 'created']),
        options.unlessKept ? or(sql`${container.keepUntil} is null`, lt(container.keepUntil, sql`now()`)) : undefined,
      ),
    )
    .returning(containerColumns);
  return row;
}

/** Takes an intent to remove back: the engine refused. False when the name is taken by now. */
export async function containerRemovingUndo(scope: TenantScope, id: string, processId: string): Promise<boolean> {
  try {
    await scope.db
      .update(container)
      .set({ state: 'created', removeVolumes: false, processId: null })
      .where(
        and(
          eq(container.tenantId, scope.tenantId),
          eq(container.id, id),
          eq(container.state, 'removing'),
          eq(container.processId, processId),
        ),
      );
    return true;
  } catch (error) {
    if (uniqueViolation(error) === 'container_name') return false;
    throw error;
  }
}

/** The tombstone: the engine confirmed that it is gone, and its share of the host and its ports are free. */
export async function containerRemoved(scope: SystemScope, id: string): Promise<void> {
  await scope.db.execute(sql`
    with before as (
      select host_id, demand_memory_bytes, demand_nano_cpus, held from container where id = ${id} and state <> 'removed' for update
    ), freed as (
      update host set reserved_memory_bytes = reserved_memory_bytes - demand_memory_bytes, reserved_nano_cpus = reserved_nano_cpus - demand_nano_cpus
      from before where host.id = before.host_id and before.held
    ), bound as (
      delete from host_port where container_id = ${id}
    ), published as (
      delete from publication where container_id = ${id}
    )
    update container set state = 'removed', removed_at = now(), process_id = null, observed = null, held = false
    where id = ${id} and exists (select from before)`);
}

/** Auto-remove leaves it alone for this long. */
export async function containerKeep(scope: TenantScope, id: string, seconds: number): Promise<void> {
  await scope.db
    .update(container)
    .set({ keepUntil: sql`now() + make_interval(secs => ${seconds})` })
    .where(and(eq(container.tenantId, scope.tenantId), eq(container.id, id)));
}

export async function containerGet(scope: SystemScope, id: string): Promise<ContainerRow | undefined> {
  const [row] = await scope.db.select(containerColumns).from(container).where(eq(container.id, id));
  return row;
}

/** Everything that is not gone, of all tenants: what a process keeps in memory. */
export function containerLiving(scope: SystemScope): Promise<ContainerRow[]> {
  return scope.db.select(containerColumns).from(container).where(ne(container.state, 'removed')).orderBy(asc(container.createdAt));
}

export function containerLivingOf(scope: TenantScope): Promise<ContainerRow[]> {
  return scope.db
    .select(containerColumns)
    .from(container)
    .where(and(eq(container.tenantId, scope.tenantId), ne(container.state, 'removed')));
}

/** Work on a host's containers that was begun and whose process is gone: nobody does it any more. */
export function containerAbandoned(scope: SystemScope, hostId: string, lostMs: number): Promise<ContainerRow[]> {
  return scope.db
    .select(containerColumns)
    .from(container)
    .where(
      and(
        eq(container.hostId, hostId),
        ne(container.state, 'removed'),
        or(
          and(isNull(container.processId), ne(container.state, 'created')),
          sql`${container.processId} not in (${livingProcesses(lostMs)})`,
        ),
      ),
    );
}

/** Takes over the work that a row was read with. Undefined when it was finished, or taken over, since. */
export async function containerTakeOver(
  scope: SystemScope,
  { id, state, processId }: ContainerRow,
  by: string,
): Promise<ContainerRow | undefined> {
  const [row] = await scope.db
    .update(container)
    .set({ processId: by })
    .where(and(eq(container.id, id), eq(container.state, state), sql`${container.processId} is not distinct from ${processId}`))
    .returning(containerColumns);
  return row;
}

/** What this process began and has not written the end of. */
export function containerWorkOf(scope: SystemScope, processId: string): Promise<ContainerRow[]> {
  return scope.db.select(containerColumns).from(container).where(eq(container.processId, processId));
}

/** Which of these containers, found on an engine, are in the database, and whether the engine may have them. */
export async function containerFates(scope: SystemScope, ids: string[]): Promise<Map<string, 'lives' | 'doomed'>> {
  if (ids.length === 0) return new Map();
  const rows = await scope.db
    .select({ id: container.id, state: container.state, engineId: container.engineId })
    .from(container)
    .where(inArray(container.id, ids));
  const buried = await scope.db.select({ id: tombstone.containerId }).from(tombstone).where(inArray(tombstone.containerId, ids));
  const fates = new Map<string, 'lives' | 'doomed'>(buried.map(({ id }) => [id, 'doomed']));
  for (const { id, state, engineId } of rows)
    fates.set(id, state === 'removed' || (state === 'removing' && engineId === null) ? 'doomed' : 'lives');
  return fates;
}

/** Keeps the tombstones of a tenant's containers beyond their rows. */
export async function containersBury(scope: SystemScope, tenantId: string): Promise<void> {
  await scope.db.execute(sql`
    insert into tombstone (container_id) select id from container where tenant_id = ${tenantId} on conflict do nothing`);
}

/** Stores what the engines last said, many at once. */
export async function containerObservedWrite(
  scope: SystemScope,
  rows: { id: string; observed: unknown; observedAt: Date }[],
): Promise<void> {
  if (rows.length === 0) return;
  const values = JSON.stringify(rows.map((row) => ({ id: row.id, observed: row.observed, at: row.observedAt.toISOString() })));
  await scope.db.execute(sql`
    update container set observed = v.observed, observed_at = v.at
    from jsonb_to_recordset(${values}::jsonb) as v(id uuid, observed jsonb, at timestamptz)
    where container.id = v.id and state <> 'removed'`);
}

export async function containerObservedRead(scope: SystemScope, hostId: string): Promise<ContainerObserved[]> {
  return scope.db
    .select({ id: container.id, observed: container.observed, observedAt: container.observedAt })
    .from(container)
    .where(and(eq(container.hostId, hostId), ne(container.state, 'removed'), isNotNull(container.observed)));
}

/** This process has done what it began with a container that lives on. */
export async function containerRelease(scope: SystemScope, id: string, processId: string): Promise<void> {
  await scope.db
    .update(container)
    .set({ processId: null })
    .where(and(eq(container.id, id), eq(container.processId, processId), eq(container.state, 'created')));
}
