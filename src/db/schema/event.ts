import { bigint, boolean, index, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { EventNew } from '../../domain/event.ts';
import { tenant } from './tenant.ts';

/** A tenant's history. Written by berth_events_append alone. */
export const event = pgTable(
  'event',
  {
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id, { onDelete: 'cascade' }),
    /** A number of this tenant's, without gaps and in the order in which they can be read: a reader that saw one has seen all before it. */
    seq: bigint({ mode: 'number' }).notNull(),
    recordedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    timeNano: bigint({ mode: 'bigint' }).notNull(),
    type: text().$type<EventNew['type']>().notNull(),
    action: text().notNull(),
    actorId: text().notNull(),
    actorName: text().notNull(),
    deployment: text(),
    attributes: jsonb().$type<Record<string, string>>().notNull(),
    synthesised: boolean().notNull(),
    source: text(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.seq] }), uniqueIndex('event_source').on(t.source), index('event_recorded').on(t.recordedAt)],
);

/** `last` is given to the newest event; those up to `pruned` are not kept any more. */
export const eventCounter = pgTable('event_counter', {
  tenantId: uuid()
    .primaryKey()
    .references(() => tenant.id, { onDelete: 'cascade' }),
  last: bigint({ mode: 'number' }).notNull().default(0),
  pruned: bigint({ mode: 'number' }).notNull().default(0),
});
