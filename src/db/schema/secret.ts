import { integer, pgTable, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core';
import { bytea } from './installation.ts';
import { tenant } from './tenant.ts';

const tenantId = () =>
  uuid()
    .notNull()
    .references(() => tenant.id, { onDelete: 'cascade' });
const createdAt = () => timestamp({ withTimezone: true }).notNull().defaultNow();

/** What a tenant's secrets are sealed with, itself sealed under the installation's key: a new key for the installation seals few rows anew. */
export const tenantKey = pgTable('tenant_key', {
  tenantId: tenantId().primaryKey(),
  sealedKey: bytea().notNull(),
});

export const secret = pgTable(
  'secret',
  {
    id: uuid().primaryKey().defaultRandom(),
    tenantId: tenantId(),
    name: text().notNull(),
    createdAt: createdAt(),
  },
  (t) => [unique('secret_name').on(t.tenantId, t.name)],
);

/** A value that a secret had once, sealed. Immutable: a revision pins the one that it was released with. */
export const secretVersion = pgTable(
  'secret_version',
  {
    id: uuid().primaryKey().defaultRandom(),
    tenantId: tenantId(),
    secretId: uuid()
      .notNull()
      .references(() => secret.id, { onDelete: 'cascade' }),
    number: integer().notNull(),
    sealed: bytea().notNull(),
    createdAt: createdAt(),
  },
  (t) => [unique('secret_version_number').on(t.secretId, t.number)],
);
