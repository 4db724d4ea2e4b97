import { pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { bytea } from './installation.ts';
import { tenant } from './tenant.ts';

/** What a tenant shows to a registry when its client shows nothing. */
export const registryCredential = pgTable(
  'registry_credential',
  {
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id, { onDelete: 'cascade' }),
    /** `docker.io` or `host[:port]`, as in an image's name. */
    registry: text().notNull(),
    /** '' where a token says who it is. */
    username: text().notNull(),
    sealed: bytea().notNull(),
    setAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.registry] })],
);
