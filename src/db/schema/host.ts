import { sql } from 'drizzle-orm';
import { bigint, boolean, check, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { bytea } from './installation.ts';

/** Capacity is counted in bytes and in billionths of a core. Reserved is what running containers hold. */
export const host = pgTable(
  'host',
  {
    id: uuid().primaryKey().defaultRandom(),
    name: text().notNull().unique(),
    url: text().notNull().unique(),
    sealedTls: bytea(),
    /** Where the edge reaches its published ports, when its url does not say: an engine in a network namespace of its own. */
    address: text(),
    labels: jsonb().$type<Record<string, string>>().notNull().default({}),
    state: text({ enum: ['joining', 'ready', 'draining', 'unreachable', 'lost'] })
      .notNull()
      .default('joining'),
    cordoned: boolean().notNull().default(false),
    /** drain: replicas of deployments move away, and stay away. maintenance: everything stays, however long the host is silent. */
    upkeep: text({ enum: ['none', 'drain', 'maintenance'] })
      .notNull()
      .default('none'),
    memoryBytes: bigint({ mode: 'number' }).notNull().default(0),
    nanoCpus: bigint({ mode: 'number' }).notNull().default(0),
    reservedMemoryBytes: bigint({ mode: 'number' }).notNull().default(0),
    reservedNanoCpus: bigint({ mode: 'number' }).notNull().default(0),
    engineVersion: text().notNull().default(''),
    apiVersion: text().notNull().default(''),
    architecture: text().notNull().default(''),
    runtimes: jsonb().$type<string[]>().notNull().default([]),
    /** Whether a probe container failed to get through the host's network walls, and when it last tried. `wallsDetail`: what it reached, or why it could not try. */
    walls: text({ enum: ['unverified', 'verified', 'failed'] })
      .notNull()
      .default('unverified'),
    wallsDetail: text().notNull().default(''),
    wallsAt: timestamp({ withTimezone: true }),
    /** Ids of the tenants that the operator puts on the host although its walls are not verified; `*` is everybody. */
    tenants: jsonb().$type<string[]>().notNull().default([]),
    seenAt: timestamp({ withTimezone: true }),
    /** When a replica on it was last reached while its engine was silent. */
    answeredAt: timestamp({ withTimezone: true }),
    /** The process that settles this host's containers, while its lease lasts. */
    keeper: uuid(),
    keeperUntil: timestamp({ withTimezone: true }),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [check('host_not_overfilled', sql`${t.reservedMemoryBytes} >= 0 and ${t.reservedNanoCpus} >= 0`)],
);
