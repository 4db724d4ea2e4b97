import { customType, index, integer, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { JobSpec } from '../../domain/job-spec.ts';
import { container } from './container.ts';
import { tenant } from './tenant.ts';

/** Jobs that earlier versions wrote have neither secrets nor a placement. */
const jobSpec = customType<{ data: JobSpec; driverData: string | object }>({
  dataType: () => 'jsonb',
  toDriver: (spec) => JSON.stringify(spec),
  fromDriver: (stored) => ({
    ...{ secrets: [], placement: { constraints: [], spread: [] } },
    ...((typeof stored === 'string' ? JSON.parse(stored) : stored) as JobSpec),
  }),
});

const moment = () => timestamp({ withTimezone: true });

/** What should run to its end. Everything from `nextAt` on is the driver's. */
export const job = pgTable(
  'job',
  {
    id: uuid().primaryKey().defaultRandom(),
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    spec: jobSpec().notNull(),
    /** Resolved once, when the job was made, or its spec changed. */
    imageId: text().notNull(),
    /** By the name of each secret that the spec uses: the id of the version that the runs get. */
    secretVersions: jsonb().$type<Record<string, string>>().notNull().default({}),
    /** Raised by every change of what is run and when: what If-Match is compared with. */
    specVersion: integer().notNull().default(1),
    state: text({ enum: ['active', 'suspended', 'deleting'] })
      .notNull()
      .default('active'),
    /** Raised by every change that a tenant makes: what the driver found out before it counts no more. */
    version: integer().notNull().default(1),
    /** The number of the newest run. */
    lastRun: integer().notNull().default(0),
    createdAt: moment().notNull().defaultNow(),
    nextAt: moment(),
    /** Why the schedule made no run when it last could not. */
    note: text().notNull().default(''),
    wakeAt: moment(),
    /** Who drives it, until when by Postgres's clock, and which holder of the lease that is. */
    driver: uuid(),
    driverUntil: moment(),
    epoch: integer().notNull().default(0),
  },
  (t) => [uniqueIndex('job_name').on(t.tenantId, t.name), index('job_wake').on(t.wakeAt)],
);

/** One run, through all its attempts. */
export const jobRun = pgTable(
  'job_run',
  {
    id: uuid().primaryKey().defaultRandom(),
    tenantId: uuid().notNull(),
    jobId: uuid()
      .notNull()
      .references(() => job.id, { onDelete: 'cascade' }),
    number: integer().notNull(),
    /** What the run was made with, once its job was changed; null: what the job says. */
    spec: jobSpec(),
    imageId: text(),
    secretVersions: jsonb().$type<Record<string, string>>(),
    trigger: text({ enum: ['schedule', 'request'] }).notNull(),
    /** From 1. */
    attempt: integer().notNull().default(1),
    /** `pending`: its attempt has no container yet; one that it has is of the attempt before. */
    state: text({ enum: ['pending', 'running', 'succeeded', 'failed', 'cancelled'] })
      .notNull()
      .default('pending'),
    containerId: uuid().references(() => container.id, { onDelete: 'set null' }),
    exitCode: integer(),
    reason: text().notNull().default(''),
    /** The last lines of the attempt that ended last. */
    log: text().notNull().default(''),
    /** Not tried before. */
    retryAt: moment().notNull().defaultNow(),
    createdAt: moment().notNull().defaultNow(),
    /** When the engine was asked to start the present attempt. */
    startedAt: moment(),
    endedAt: moment(),
  },
  (t) => [uniqueIndex('job_run_number').on(t.jobId, t.number), index('job_run_container').on(t.containerId)],
);
