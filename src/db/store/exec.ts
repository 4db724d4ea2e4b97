import { and, eq } from 'drizzle-orm';
import { exec } from '../schema/container.ts';
import type { TenantScope } from '../scope.ts';

export type ExecRow = typeof exec.$inferSelect;

export async function execInsert(scope: TenantScope, values: { id: string; containerId: string }): Promise<void> {
  await scope.db.insert(exec).values({ ...values, tenantId: scope.tenantId });
}

export async function execGet(scope: TenantScope, id: string): Promise<ExecRow | undefined> {
  const [row] = await scope.db
    .select()
    .from(exec)
    .where(and(eq(exec.tenantId, scope.tenantId), eq(exec.id, id)));
  return row;
}
