import { sql } from 'drizzle-orm';
import { bigint, boolean, index, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { ContainerSpec } from '../../domain/container-spec.ts';
import { host } from './host.ts';
import { placementGroup } from './network.ts';
import { tenant } from './tenant.ts';

/**
 * A container from the first intent to its tombstone.
 * creating: the engine may or may not have it. created: it has. removing: it may still have it, and shall not. removed: it has not.
 */
export const container = pgTable(
  'container',
  {
    id: uuid().primaryKey(),
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id),
    hostId: uuid()
      .notNull()
      .references(() => host.id),
    groupId: uuid().references(() => placementGroup.id),
    name: text().notNull(),
    engineId: text(),
    state: text({ enum: ['creating', 'created', 'removing', 'removed'] }).notNull(),
    spec: jsonb().$type<ContainerSpec>().notNull(),
    imageId: text().notNull(),
    isolation: text({ enum: ['shared', 'sandboxed', 'dedicated'] }).notNull(),
    /** With `removing`: the anonymous volumes go too. */
    removeVolumes: boolean().notNull().default(false),
    startedOnce: boolean().notNull().default(false),
    /** Auto-remove waits until then: a restart of a `--rm` container is no end of it. */
    keepUntil: timestamp({ withTimezone: true }),
    /** What it takes of its host while it is held: it runs, or its restart policy may run it. */
    demandMemoryBytes: bigint({ mode: 'number' }).notNull(),
    demandNanoCpus: bigint({ mode: 'number' }).notNull(),
    held: boolean().notNull().default(false),
    /** The engine's last inspect document and when we had it, for when the host is gone. */
    observed: jsonb(),
    observedAt: timestamp({ withTimezone: true }),
    /** The process that creates, removes, starts or renames it at the moment. */
    processId: uuid(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    removedAt: timestamp({ withTimezone: true }),
  },
  (t) => [
    uniqueIndex('container_name').on(t.tenantId, t.name).where(sql`state in ('creating', 'created')`),
    uniqueIndex('container_engine_id').on(t.engineId),
    index('container_host').on(t.hostId, t.state),
    index('container_tenant').on(t.tenantId, t.state),
    index('container_process').on(t.processId).where(sql`process_id is not null`),
  ],
);

/** Ids of containers whose tenant is gone with all its rows: a create that takes effect even later still finds its tombstone. */
export const tombstone = pgTable('tombstone', {
  containerId: uuid().primaryKey(),
  buriedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
});

/** Exec ids are the engine's; the row says whose they are. */
export const exec = pgTable(
  'exec',
  {
    id: text().primaryKey(),
    tenantId: uuid().notNull(),
    containerId: uuid()
      .notNull()
      .references(() => container.id, { onDelete: 'cascade' }),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [index('exec_container').on(t.containerId)],
);
