import { index, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import type { ImageHistoryEntry } from '../../domain/image-config.ts';
import { host } from './host.ts';
import { tenant } from './tenant.ts';

/** What an image is, by its config digest: the same for everybody, so it belongs to nobody. Tenants see it through their grants. */
export const image = pgTable('image', {
  id: text().primaryKey(),
  /** The engine's inspect document. */
  document: jsonb().notNull(),
  /** As its config has it, which the engine's document does not tell in full; null: not asked for yet. */
  history: jsonb().$type<ImageHistoryEntry[]>(),
});

/** A tenant's right to an image: it pulled, loaded, imported or committed it by itself. */
export const imageGrant = pgTable(
  'image_grant',
  {
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id),
    imageId: text()
      .notNull()
      .references(() => image.id),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.imageId] })],
);

/** A tenant's name for an image. Either a tag (`repository:tag`) or a digest (`repository@sha256:…`). */
export const imageReference = pgTable(
  'image_reference',
  {
    tenantId: uuid()
      .notNull()
      .references(() => tenant.id),
    /** Canonical: `docker.io/library/busybox:latest`. */
    name: text().notNull(),
    kind: text({ enum: ['tag', 'digest'] }).notNull(),
    imageId: text()
      .notNull()
      .references(() => image.id),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.name] }), index('image_reference_image').on(t.tenantId, t.imageId)],
);

/** Hosts that have been seen to hold an image: where to copy it from. A hint, checked before use. */
export const imageLocation = pgTable(
  'image_location',
  {
    imageId: text()
      .notNull()
      .references(() => image.id),
    hostId: uuid()
      .notNull()
      .references(() => host.id, { onDelete: 'cascade' }),
    /** Since when nobody has the image any more, as the sweep found it. */
    unusedSince: timestamp({ withTimezone: true }),
  },
  (t) => [primaryKey({ columns: [t.imageId, t.hostId] })],
);
