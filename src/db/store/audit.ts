import { and, desc, eq, lt } from 'drizzle-orm';
import type { AuditOutcome } from '../../domain/audit.ts';
import type { AuditLine } from '../../domain/flood-gate.ts';
import { audit } from '../schema/audit.ts';
import type { SystemScope, TenantScope } from '../scope.ts';

export type AuditRow = Omit<typeof audit.$inferSelect, 'id'> & { id: string };

export interface AuditFilter {
  action?: string | undefined;
  outcome?: AuditOutcome | undefined;
}

export async function auditInsert(scope: SystemScope, lines: AuditLine[]): Promise<void> {
  await scope.db.insert(audit).values(lines);
}

/** A tenant's own lines, the newest first. */
export async function tenantAuditPage(scope: TenantScope, filter: AuditFilter, before: string | null, limit: number): Promise<AuditRow[]> {
  const rows = await scope.db
    .select()
    .from(audit)
    .where(and(eq(audit.tenantId, scope.tenantId), matches(filter, before)))
    .orderBy(desc(audit.id))
    .limit(limit);
  return rows.map(rowOf);
}

/** Everybody's lines, or one tenant's. */
export async function auditPage(
  scope: SystemScope,
  { tenantId, ...filter }: AuditFilter & { tenantId: string | null },
  before: string | null,
  limit: number,
): Promise<AuditRow[]> {
  const rows = await scope.db
    .select()
    .from(audit)
    .where(and(tenantId === null ? undefined : eq(audit.tenantId, tenantId), matches(filter, before)))
    .orderBy(desc(audit.id))
    .limit(limit);
  return rows.map(rowOf);
}

function matches({ action, outcome }: AuditFilter, before: string | null) {
  return and(
    action === undefined ? undefined : eq(audit.action, action),
    outcome === undefined ? undefined : eq(audit.outcome, outcome),
    before === null ? undefined : lt(audit.id, BigInt(before)),
  );
}

function rowOf({ id, ...row }: typeof audit.$inferSelect): AuditRow {
  return { id: String(id), ...row };
}
