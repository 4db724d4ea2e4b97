import { sql } from 'drizzle-orm';
import { boolean, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { DeploymentSpec } from '../../domain/deployment-spec.ts';
import { container } from './container.ts';
import { tenant } from './tenant.ts';

const moment = () => timestamp({ withTimezone: true });

/** What should run, and how far it is. The wish is the tenant's; everything from `phase` on is the driver's. */
export const deployment = pgTable(
  'deployment',
  {
    id: uuid().primaryKey().defaultRandom(),
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id),
    name: text().notNull(),
    /** The Compose project it came with. */
    stack: text(),
    state: text({ enum: ['active', 'paused', 'deleting'] })
      .notNull()
      .default('active'),
    revision: integer().notNull().default(1),
    replicas: integer().notNull(),
    /** Raised by a restart of all: replicas of an earlier number are replaced. */
    restarts: integer().notNull().default(0),
    /** Raised by every change of the wish: what If-Match is compared with. */
    version: integer().notNull().default(1),
    createdAt: moment().notNull().defaultNow(),
    phase: text({ enum: ['progressing', 'ready', 'degraded', 'gone'] })
      .notNull()
      .default('progressing'),
    reason: text().notNull().default(''),
    /** The last lines of the log of the replica that failed last. */
    failureLog: text().notNull().default(''),
    /** The last revision whose replicas were all ready. */
    stableRevision: integer(),
    failures: integer().notNull().default(0),
    failuresInRow: integer().notNull().default(0),
    failedAt: moment(),
    batchAt: moment(),
    wakeAt: moment().defaultNow(),
    /** Who drives it, until when by Postgres's clock, and which holder of the lease that is. */
    driver: uuid(),
    driverUntil: moment(),
    epoch: integer().notNull().default(0),
  },
  (t) => [uniqueIndex('deployment_name').on(t.tenantId, t.name), index('deployment_wake').on(t.wakeAt)],
);

/** Immutable. Its image was resolved once, when it was made. */
export const revision = pgTable(
  'revision',
  {
    deploymentId: uuid()
      .notNull()
      .references(() => deployment.id, { onDelete: 'cascade' }),
    tenantId: uuid().notNull(),
    number: integer().notNull(),
    spec: jsonb().$type<DeploymentSpec>().notNull(),
    imageId: text().notNull(),
    /** By the name of each secret that the spec uses: the id of the version it was released with. */
    secretVersions: jsonb().$type<Record<string, string>>().notNull().default({}),
    createdAt: moment().notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.deploymentId, t.number] })],
);

/** A container that a deployment made. A slot is held by one living replica at a time, so no two drivers can make the same one. */
export const replica = pgTable(
  'replica',
  {
    containerId: uuid()
      .primaryKey()
      .references(() => container.id, { onDelete: 'cascade' }),
    tenantId: uuid().notNull(),
    deploymentId: uuid().notNull(),
    revision: integer().notNull(),
    restarts: integer().notNull(),
    slot: integer().notNull(),
    epoch: integer().notNull(),
    pinned: boolean().notNull().default(false),
    phase: text({ enum: ['starting', 'ready', 'failed', 'finished', 'draining', 'removing'] })
      .notNull()
      .default('starting'),
    since: moment().notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('replica_slot').on(t.deploymentId, t.slot).where(sql`phase <> 'removing'`),
    foreignKey({ columns: [t.deploymentId], foreignColumns: [deployment.id] }),
  ],
);

/** What a tenant asked for, to be watched until it ends in success or in a reason. */
export const operation = pgTable(
  'operation',
  {
    id: uuid().primaryKey().defaultRandom(),
    tenantId: uuid().notNull(),
    deploymentId: uuid().notNull(),
    kind: text({ enum: ['create', 'update', 'scale', 'rollback', 'restart', 'pause', 'resume', 'delete'] }).notNull(),
    /** The version of the wish that it made. */
    version: integer().notNull(),
    state: text({ enum: ['running', 'succeeded', 'failed'] })
      .notNull()
      .default('running'),
    reason: text().notNull().default(''),
    deadline: moment().notNull(),
    createdAt: moment().notNull().defaultNow(),
    endedAt: moment(),
  },
  (t) => [index('operation_deployment').on(t.deploymentId, t.state)],
);

/** The answer to a request that carried an Idempotency-Key: a retry gets the same one. */
export const idempotency = pgTable(
  'idempotency',
  {
    tenantId: uuid().notNull(),
    key: text().notNull(),
    /** Of method, path and body: the same key with another request is refused. */
    digest: text().notNull(),
    status: integer(),
    response: jsonb(),
    createdAt: moment().notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.key] })],
);
