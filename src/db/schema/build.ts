import { bigint, index, integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { container } from './container.ts';
import { host } from './host.ts';
import { image } from './image.ts';
import { tenant } from './tenant.ts';

/** A build or commit under way. Of one whose process is gone everything is removed that it had made. */
export const build = pgTable(
  'build',
  {
    id: uuid().primaryKey(),
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id, { onDelete: 'cascade' }),
    /** Where it makes layers; what is half made there carries the label `io.berth.build`. */
    hostId: uuid()
      .notNull()
      .references(() => host.id, { onDelete: 'cascade' }),
    processId: uuid().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [index('build_tenant').on(t.tenantId)],
);

/** The containers of its steps, written with the container's own row. */
export const buildContainer = pgTable(
  'build_container',
  {
    buildId: uuid()
      .notNull()
      .references(() => build.id, { onDelete: 'cascade' }),
    containerId: uuid()
      .notNull()
      .references(() => container.id, { onDelete: 'cascade' }),
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id, { onDelete: 'cascade' }),
  },
  (t) => [primaryKey({ columns: [t.buildId, t.containerId] })],
);

/** What a step came to, by what went into it: a tenant's own, since a hit tells that the same was built before. */
export const buildCache = pgTable(
  'build_cache',
  {
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id, { onDelete: 'cascade' }),
    /** A digest of the parent image and of everything that the step reads. */
    key: text().notNull(),
    /** The config of the resulting image, in the bytes that its id is the digest of. */
    config: text().notNull(),
    /** The image on engines that holds its layers; null: it has none. */
    layersId: text().references(() => image.id),
    /** What the digest of the config is, and the image that the step began with; null: no step, only layers that steps need, or `scratch`. */
    imageId: text(),
    parentId: text(),
    /** Of the layer that the step made. */
    layerBytes: bigint({ mode: 'number' }).notNull().default(0),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    usedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    uses: integer().notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.key] }),
    index('build_cache_layers').on(t.layersId),
    index('build_cache_used').on(t.usedAt),
    index('build_cache_image').on(t.tenantId, t.imageId),
  ],
);
