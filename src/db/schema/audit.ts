import { bigint, index, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { auditOutcomes } from '../../domain/audit.ts';
import type { ErrorCode } from '../../domain/errors.ts';

/** Only ever added to: a trigger refuses all else. So it refers to no row, and outlives its tenant. */
export const audit = pgTable(
  'audit',
  {
    id: bigint({ mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    tenantId: uuid(),
    at: timestamp({ withTimezone: true }).notNull(),
    actorKind: text({ enum: ['tenant', 'operator', 'stranger'] }).notNull(),
    actor: text(),
    address: text(),
    action: text().notNull(),
    targetKind: text(),
    targetId: text(),
    targetName: text(),
    outcome: text({ enum: auditOutcomes }).notNull(),
    code: text().$type<ErrorCode>(),
    /** Of calls of the same kind since `since`; 1 for one call. */
    count: integer().notNull(),
    since: timestamp({ withTimezone: true }),
  },
  (t) => [index('audit_tenant').on(t.tenantId, t.id)],
);
