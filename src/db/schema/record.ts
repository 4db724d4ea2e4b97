import { boolean, index, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { tenant } from './tenant.ts';

/** To the millisecond, as a cursor names it. */
const moment = () => timestamp({ withTimezone: true, precision: 3 });

/** What is kept of a container that is gone. Its log lies in the blob store, under the row's id. */
export const containerRecord = pgTable(
  'container_record',
  {
    /** The container's own. */
    id: uuid().primaryKey(),
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id, { onDelete: 'cascade' }),
    engineId: text().notNull(),
    name: text().notNull(),
    image: text().notNull(),
    /** Name of the deployment that it was a replica of, and the revision. */
    deployment: text(),
    revision: integer(),
    createdAt: moment().notNull(),
    startedAt: moment(),
    finishedAt: moment(),
    /** null: it was still running when it was removed. */
    exitCode: integer(),
    oomKilled: boolean().notNull().default(false),
    error: text().notNull().default(''),
    removedAt: moment().notNull().defaultNow(),
    /** Lines of the log that are kept; null: none could be. */
    logLines: integer(),
    logTruncated: boolean().notNull().default(false),
  },
  (t) => [index('container_record_tenant').on(t.tenantId, t.removedAt, t.id), index('container_record_removed').on(t.removedAt)],
);
