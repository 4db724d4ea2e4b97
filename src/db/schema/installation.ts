import { sql } from 'drizzle-orm';
import { boolean, check, customType, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => 'bytea',
});

/** One row: which Berth this database is. Its id is on everything we make on an engine. */
export const installation = pgTable(
  'installation',
  {
    only: boolean().primaryKey().default(true),
    id: uuid().notNull().defaultRandom(),
    /** The installation's key as a key management service wrapped it; null: it is kept elsewhere. */
    wrappedKey: bytea(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [check('installation_only', sql`${t.only}`)],
);

/** Certificate authorities, their keys sealed under the installation's key. `server` signs our endpoint, `client` signs tenants. */
export const authority = pgTable('authority', {
  purpose: text({ enum: ['server', 'client'] }).primaryKey(),
  certificate: text().notNull(),
  sealedKey: bytea().notNull(),
});

/** Processes of this installation that are alive: an intent of a dead one may be finished by any other. */
export const process = pgTable('process', {
  id: uuid().primaryKey(),
  startedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  seenAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
});
