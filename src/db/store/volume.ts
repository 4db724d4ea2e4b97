import { and, asc, eq } from 'drizzle-orm';
import { volume } from '../schema/network.ts';
import { type SystemScope, type TenantScope, uniqueViolation } from '../scope.ts';
import { withinQuota } from '../within-quota.ts';

export type VolumeRow = typeof volume.$inferSelect;

/** Get or create, as Docker's own volumes: the row of that name, whoever made it first. */
export async function volumeEnsure(
  scope: TenantScope,
  values: Pick<VolumeRow, 'id' | 'name' | 'engineName' | 'groupId' | 'anonymous' | 'labels'> & { hostId?: string },
): Promise<VolumeRow> {
  const where = and(eq(volume.tenantId, scope.tenantId), eq(volume.name, values.name), eq(volume.state, 'active'));
  const [found] = await scope.db.select().from(volume).where(where);
  if (found) return found;
  try {
    const [made] = await withinQuota(() =>
      scope.db
        .insert(volume)
        .values({ ...values, tenantId: scope.tenantId })
        .returning(),
    );
    return made as VolumeRow;
  } catch (error) {
    if (uniqueViolation(error) === null) throw error;
    const [other] = await scope.db.select().from(volume).where(where);
    if (!other) throw error;
    return other;
  }
}

export async function volumePlaced(scope: TenantScope, id: string, hostId: string): Promise<void> {
  await scope.db
    .update(volume)
    .set({ hostId })
    .where(and(eq(volume.tenantId, scope.tenantId), eq(volume.id, id)));
}

export function volumeLiving(scope: SystemScope): Promise<VolumeRow[]> {
  return scope.db.select().from(volume).orderBy(asc(volume.createdAt));
}

export function volumesOf(scope: TenantScope): Promise<VolumeRow[]> {
  return scope.db.select().from(volume).where(eq(volume.tenantId, scope.tenantId));
}

export async function volumeRemoving(scope: TenantScope, id: string): Promise<boolean> {
  const rows = await scope.db
    .update(volume)
    .set({ state: 'removing' })
    .where(and(eq(volume.tenantId, scope.tenantId), eq(volume.id, id)))
    .returning({ id: volume.id });
  return rows.length > 0;
}

export async function volumeRemoved(scope: TenantScope, id: string): Promise<void> {
  await scope.db.delete(volume).where(and(eq(volume.tenantId, scope.tenantId), eq(volume.id, id), eq(volume.state, 'removing')));
}

export function volumesRemoving(scope: SystemScope): Promise<VolumeRow[]> {
  return scope.db.select().from(volume).where(eq(volume.state, 'removing'));
}
