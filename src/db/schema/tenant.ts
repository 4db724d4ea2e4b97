import { bigint, cidr, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { isolationClasses } from '../../domain/isolation.ts';
import { type Quota, quotaDefaults } from '../../domain/quota.ts';
import { recordDaysDefault } from '../../domain/record.ts';
import { scopes } from '../../domain/scopes.ts';
import { host } from './host.ts';
import { bytea } from './installation.ts';

export const tenant = pgTable('tenant', {
  id: uuid().primaryKey().defaultRandom(),
  name: text().notNull().unique(),
  state: text({ enum: ['active', 'deleting'] })
    .notNull()
    .default('active'),
  isolationDefault: text({ enum: isolationClasses }).notNull().default('shared'),
  isolationFloor: text({ enum: isolationClasses }).notNull().default('shared'),
  quota: jsonb().$type<Quota>().notNull().default(quotaDefaults),
  /** How long the records of its containers are kept; 0: none are made. */
  recordDays: integer().notNull().default(recordDaysDefault),
  createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
});

/** What a host holds of a tenant's, in containers and volumes, as it measured last. */
export const tenantDisk = pgTable(
  'tenant_disk',
  {
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id, { onDelete: 'cascade' }),
    hostId: uuid()
      .notNull()
      .references(() => host.id, { onDelete: 'cascade' }),
    bytes: bigint({ mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.hostId] }), index('tenant_disk_host').on(t.hostId)],
);

/** How far a credential reaches: see Grants. */
const grants = {
  scopes: text({ enum: scopes })
    .array()
    .notNull()
    .default([...scopes]),
  deployments: text().array(),
  addresses: cidr().array(),
  /** To the minute. */
  lastUsedAt: timestamp({ withTimezone: true }),
};

/** Bearer tokens. `tenantId` null: an operator's. Only the hash is stored; `prefix` lets a person recognise one. */
export const token = pgTable(
  'token',
  {
    id: uuid().primaryKey().defaultRandom(),
    tenantId: uuid().references(() => tenant.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    hash: bytea().notNull(),
    prefix: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp({ withTimezone: true }),
    revokedAt: timestamp({ withTimezone: true }),
    ...grants,
  },
  (t) => [uniqueIndex('token_hash').on(t.hash), index('token_tenant').on(t.tenantId, t.id)],
);

/** Client certificates that we signed; the serial leads to the tenant. */
export const clientCertificate = pgTable(
  'client_certificate',
  {
    serial: text().primaryKey(),
    id: uuid().notNull().unique().defaultRandom(),
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp({ withTimezone: true }).notNull(),
    revokedAt: timestamp({ withTimezone: true }),
    ...grants,
  },
  (t) => [index('client_certificate_tenant').on(t.tenantId, t.id)],
);
