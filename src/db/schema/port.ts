import { sql } from 'drizzle-orm';
import { boolean, index, integer, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { container } from './container.ts';
import { deployment } from './deployment.ts';
import { host } from './host.ts';
import { tenant } from './tenant.ts';

const protocol = () => text({ enum: ['tcp', 'udp'] }).notNull();

/**
 * A port of the edge and whose it is.
 * kept: nobody listens; the number is remembered for the next start of its container, and whoever asks for it may have it.
 * opening: it is taken, and an edge shall listen. open: an edge listens. failed: an edge tried and could not.
 */
export const publication = pgTable(
  'publication',
  {
    id: uuid().primaryKey().defaultRandom(),
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id, { onDelete: 'cascade' }),
    /** `default`: what the edge binds by its own configuration; else an IP address that belongs to this tenant. */
    edgeAddress: text().notNull().default('default'),
    /** Asked for on a loopback address: the edge listens on its loopback only. */
    loopback: boolean().notNull().default(false),
    protocol: protocol(),
    port: integer().notNull(),
    containerId: uuid().references(() => container.id, { onDelete: 'cascade' }),
    /** Instead of a container: all of its replicas that are ready. */
    deploymentId: uuid().references(() => deployment.id, { onDelete: 'cascade' }),
    /** The port inside the container that it leads to. */
    containerPort: integer().notNull(),
    /** The edge says first who connects (PROXY protocol, version 2). */
    proxyProtocol: boolean().notNull().default(false),
    state: text({ enum: ['kept', 'opening', 'open', 'failed'] }).notNull(),
  },
  (t) => [
    uniqueIndex('publication_port').on(t.edgeAddress, t.protocol, t.port).where(sql`state <> 'kept'`),
    index('publication_container').on(t.containerId),
    index('publication_deployment').on(t.deploymentId),
  ],
);

/**
 * Containers that a publication leads to. ready: gets new connections. draining: gets none, and what it has may end by itself until
 * `drainUntil`. drained: an edge saw its last connection end. Without a row it gets none either.
 */
export const publicationTarget = pgTable(
  'publication_target',
  {
    publicationId: uuid()
      .notNull()
      .references(() => publication.id, { onDelete: 'cascade' }),
    containerId: uuid()
      .notNull()
      .references(() => container.id, { onDelete: 'cascade' }),
    state: text({ enum: ['ready', 'draining', 'drained'] }).notNull(),
    drainUntil: timestamp({ withTimezone: true }),
  },
  (t) => [primaryKey({ columns: [t.publicationId, t.containerId] }), index('publication_target_container').on(t.containerId)],
);

/** Where a container's port is bound on its host, from its creation to its end: an engine's own choice would change at each start. */
export const hostPort = pgTable(
  'host_port',
  {
    hostId: uuid()
      .notNull()
      .references(() => host.id),
    /** Of the host, private, as IP. */
    address: text().notNull(),
    protocol: protocol(),
    port: integer().notNull(),
    containerId: uuid()
      .notNull()
      .references(() => container.id, { onDelete: 'cascade' }),
    containerPort: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.hostId, t.protocol, t.port] }),
    uniqueIndex('host_port_container').on(t.containerId, t.protocol, t.containerPort),
  ],
);
