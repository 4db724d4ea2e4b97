import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { host } from './host.ts';
import { tenant } from './tenant.ts';

/** Members of one group share a host, chosen when the first is placed. `key`: a Compose project, or '' for the tenant's own. */
export const placementGroup = pgTable(
  'placement_group',
  {
    id: uuid().primaryKey().defaultRandom(),
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id, { onDelete: 'cascade' }),
    key: text().notNull(),
    hostId: uuid().references(() => host.id),
  },
  (t) => [uniqueIndex('placement_group_key').on(t.tenantId, t.key)],
);

/** A tenant's network. Its 64-hex id is ours; engines hold realizations of it. */
export const network = pgTable(
  'network',
  {
    id: text().primaryKey(),
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id),
    /** null: the tenant's builtin `bridge`, which exists once per host. */
    groupId: uuid().references(() => placementGroup.id),
    name: text().notNull(),
    internal: boolean().notNull().default(false),
    labels: jsonb().$type<Record<string, string>>().notNull().default({}),
    state: text({ enum: ['active', 'removing'] })
      .notNull()
      .default('active'),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [uniqueIndex('network_name').on(t.tenantId, t.name).where(sql`state = 'active'`), index('network_tenant').on(t.tenantId)],
);

/** A network on one host. `subnetIndex` numbers the /24s of 100.64.0.0/10, each used once in the fleet. */
export const networkRealization = pgTable(
  'network_realization',
  {
    networkId: text()
      .notNull()
      .references(() => network.id),
    hostId: uuid()
      .notNull()
      .references(() => host.id),
    subnetIndex: integer().notNull().unique(),
    engineId: text(),
  },
  (t) => [primaryKey({ columns: [t.networkId, t.hostId] })],
);

/** `hostId` is set once the volume exists somewhere; from then on it pins its users. */
export const volume = pgTable(
  'volume',
  {
    id: uuid().primaryKey().defaultRandom(),
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id),
    groupId: uuid().references(() => placementGroup.id),
    hostId: uuid().references(() => host.id),
    name: text().notNull(),
    engineName: text().notNull().unique(),
    anonymous: boolean().notNull().default(false),
    labels: jsonb().$type<Record<string, string>>().notNull().default({}),
    state: text({ enum: ['active', 'removing'] })
      .notNull()
      .default('active'),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [uniqueIndex('volume_name').on(t.tenantId, t.name).where(sql`state = 'active'`), index('volume_tenant').on(t.tenantId)],
);
