import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { BerthError } from '../../domain/errors.ts';
import { registryCredential } from '../schema/registry.ts';
import { scopeTransaction, type TenantScope } from '../scope.ts';

export type RegistryCredentialRow = typeof registryCredential.$inferSelect;

const ownOf = (scope: TenantScope, registry: string) =>
  and(eq(registryCredential.tenantId, scope.tenantId), eq(registryCredential.registry, registry));

/** Replaces what there was. Throws `conflict` when the tenant has credentials of `most` registries already. */
export function registryCredentialSet(
  scope: TenantScope,
  values: Pick<RegistryCredentialRow, 'registry' | 'username' | 'sealed'>,
  most: number,
): Promise<RegistryCredentialRow> {
  return scopeTransaction(scope, async (tx) => {
    const [row] = await tx.db
      .insert(registryCredential)
      .values({ ...values, tenantId: scope.tenantId })
      .onConflictDoUpdate({
        target: [registryCredential.tenantId, registryCredential.registry],
        set: { username: values.username, sealed: values.sealed, setAt: sql`now()` },
      })
      .returning();
    if (!row) throw new Error('an insert without a row');
    if ((await tx.db.$count(registryCredential, eq(registryCredential.tenantId, scope.tenantId))) > most)
      throw new BerthError(
        'conflict',
        `You have credentials of ${most} registries already, which is the most. Delete one that you do not need.`,
      );
    return row;
  });
}

export async function registryCredentialGet(scope: TenantScope, registry: string): Promise<RegistryCredentialRow | undefined> {
  const [row] = await scope.db.select().from(registryCredential).where(ownOf(scope, registry));
  return row;
}

export function registryCredentialPage(scope: TenantScope, after: string | null, limit: number): Promise<RegistryCredentialRow[]> {
  return scope.db
    .select()
    .from(registryCredential)
    .where(and(eq(registryCredential.tenantId, scope.tenantId), after === null ? undefined : gt(registryCredential.registry, after)))
    .orderBy(asc(registryCredential.registry))
    .limit(limit);
}

/** False when there was none. */
export async function registryCredentialDelete(scope: TenantScope, registry: string): Promise<boolean> {
  const rows = await scope.db.delete(registryCredential).where(ownOf(scope, registry)).returning({ registry: registryCredential.registry });
  return rows.length > 0;
}
