import { eq, type SQL, sql } from 'drizzle-orm';
import type { ContainerSpec } from '../../domain/container-spec.ts';
import { container } from '../schema/container.ts';
import type { SystemScope } from '../scope.ts';
import { withinQuota } from '../within-quota.ts';
import { type ContainerRow, containerColumns } from './container.ts';
import { livingProcesses } from './installation.ts';

/**
 * Takes a container's share of its host, in one statement, so that no two starts can take the same. False: it does not fit.
 * Throws `refused` where the tenant's running containers would take more than its quota; one that runs already is only counted.
 * `processId`: the process that starts it; null when it runs already. `claimed`: the row names it now, since nobody worked on it.
 * `owned`: a deployment or a job made it.
 */
export async function containerHold(
  scope: SystemScope,
  id: string,
  processId: string | null,
): Promise<false | { owned: boolean; claimed: boolean }> {
  const rows = await withinQuota(() =>
    scope.db.execute(sql`
    with wish as (
      select host_id, demand_memory_bytes as memory, demand_nano_cpus as cpus, held, process_id from container
      where id = ${id} and state = 'created' for update
    ), fit as (
      update host set reserved_memory_bytes = reserved_memory_bytes + wish.memory, reserved_nano_cpus = reserved_nano_cpus + wish.cpus
      from wish where host.id = wish.host_id and not wish.held
        and reserved_memory_bytes + wish.memory <= host.memory_bytes and reserved_nano_cpus + wish.cpus <= host.nano_cpus
      returning host.id
    )
    update container set held = true, started_once = true, process_id = coalesce(process_id, ${processId}::uuid)
    where id = ${id} and exists (select from wish where held union all select from fit)
    returning exists (select from replica where container_id = ${id} union all select from job_run where container_id = ${id}) as owned,
      (select process_id is null from wish) as claimed`),
  );
  const [held] = rows as unknown as { owned: boolean; claimed: boolean }[];
  return held ?? false;
}

/** Gives the share back; doing it twice changes nothing. */
export async function containerLetGo(scope: SystemScope, id: string): Promise<void> {
  await letGo(scope, id, sql`true`);
}

/** The same, unless a living process starts it at the moment. */
export async function containerLetGoIdle(scope: SystemScope, id: string, lostMs: number): Promise<void> {
  await letGo(scope, id, sql`(process_id is null or process_id not in (${livingProcesses(lostMs)}))`);
}

async function letGo(scope: SystemScope, id: string, condition: SQL): Promise<void> {
  await scope.db.execute(sql`
    with freed as (
      update container set held = false where id = ${id} and held and ${condition}
      returning host_id, demand_memory_bytes, demand_nano_cpus
    )
    update host set reserved_memory_bytes = reserved_memory_bytes - demand_memory_bytes, reserved_nano_cpus = reserved_nano_cpus - demand_nano_cpus
    from freed where host.id = freed.host_id`);
}

export interface ShareChange {
  id: string;
  /** The one that takes it to the engine; null: nothing is left to be taken there. */
  processId: string | null;
  wish: Pick<ContainerSpec, 'resources' | 'restartPolicy'>;
  demand: { memoryBytes: number; nanoCpus: number };
  /** Only while the row has this, and whether there is room or not: what is taken back was there before. */
  instead?: Pick<ContainerSpec, 'resources' | 'restartPolicy'>;
}

/**
 * Writes what a container may use from now on, and takes the difference of its host, in one transaction. Undefined: it does not fit
 * there, or it is gone. Throws `refused` where the tenant's running containers would take more than its quota.
 */
export function containerShareChange(scope: SystemScope, change: ShareChange): Promise<ContainerRow | undefined> {
  const { id, demand, wish, instead, processId } = change;
  const fits = (reserved: string, total: string, more: SQL) =>
    instead ? sql`true` : sql`(${more} <= 0 or ${sql.raw(reserved)} + ${more} <= ${sql.raw(total)})`;
  const memory = sql`(${demand.memoryBytes}::bigint - was.memory)`;
  const cpus = sql`(${demand.nanoCpus}::bigint - was.cpus)`;
  const still = instead ? sql`and spec @> ${JSON.stringify(instead)}::jsonb` : sql``;
  return withinQuota(() =>
    scope.db.transaction(async (tx) => {
      const changed = await tx.execute(sql`
        with was as (
          select host_id, demand_memory_bytes as memory, demand_nano_cpus as cpus, held from container
          where id = ${id} and state = 'created' ${still} for update
        ), fit as (
          update host set reserved_memory_bytes = reserved_memory_bytes + ${memory}, reserved_nano_cpus = reserved_nano_cpus + ${cpus}
          from was where host.id = was.host_id and was.held
            and ${fits('reserved_memory_bytes', 'host.memory_bytes', memory)} and ${fits('reserved_nano_cpus', 'host.nano_cpus', cpus)}
          returning host.id
        )
        update container set demand_memory_bytes = ${demand.memoryBytes}, demand_nano_cpus = ${demand.nanoCpus},
          spec = spec || ${JSON.stringify(wish)}::jsonb, process_id = ${processId}::uuid
        where id = ${id} and exists (select from was where not held union all select from fit) returning id`);
      if (changed.length === 0) return undefined;
      const [row] = await tx.select(containerColumns).from(container).where(eq(container.id, id));
      return row;
    }),
  );
}
