import { and, asc, desc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { SecretUse } from '../../domain/deployment-spec.ts';
import { BerthError } from '../../domain/errors.ts';
import { secret, secretVersion, tenantKey } from '../schema/secret.ts';
import { scopeTransaction, type TenantScope } from '../scope.ts';

export type SecretRow = typeof secret.$inferSelect;
export type SecretVersionRow = typeof secretVersion.$inferSelect;

/** A secret without its values. */
export interface SecretListed extends SecretRow {
  /** The newest first. */
  versions: Pick<SecretVersionRow, 'number' | 'createdAt'>[];
  /** Names of the deployments and jobs that may run with it. */
  usedBy: string[];
}

/** The sealed data key of a tenant. The first writer wins; everyone then reads the same one. */
export async function tenantKeyEnsure(scope: TenantScope, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const read = () => scope.db.select({ sealedKey: tenantKey.sealedKey }).from(tenantKey).where(eq(tenantKey.tenantId, scope.tenantId));
  let [row] = await read();
  if (!row) {
    await scope.db
      .insert(tenantKey)
      .values({ tenantId: scope.tenantId, sealedKey: await make() })
      .onConflictDoNothing();
    [row] = await read();
  }
  if (!row) throw new Error('the key of the tenant vanished');
  return row.sealedKey;
}

/**
 * Adds a version, and makes the secret when it is new. `seal` gets what the value has to be bound to. Versions that no revision, job and run names go.
 * Throws `conflict` when the tenant has `most` secrets already.
 */
export function secretVersionInsert(
  scope: TenantScope,
  name: string,
  most: number,
  seal: (secretId: string, number: number) => Promise<Uint8Array>,
): Promise<SecretVersionRow> {
  return scopeTransaction(scope, async (tx) => {
    const own = and(eq(secret.tenantId, scope.tenantId), eq(secret.name, name));
    const [made] = await tx.db.insert(secret).values({ tenantId: scope.tenantId, name }).onConflictDoNothing().returning();
    if (made && (await tx.db.$count(secret, eq(secret.tenantId, scope.tenantId))) > most)
      throw new BerthError('conflict', `You have ${most} secrets already, which is the most. Delete one that you do not need.`);
    // Versions are numbered one after another, also when two are made at once; and none that a release pins now goes meanwhile.
    const [locked] = await tx.db.select().from(secret).where(own).for('update');
    if (!locked) throw new BerthError('conflict', `The secret "${name}" is being deleted. Try again.`);
    const [last] = await tx.db
      .select({ number: secretVersion.number })
      .from(secretVersion)
      .where(and(eq(secretVersion.tenantId, scope.tenantId), eq(secretVersion.secretId, locked.id)))
      .orderBy(desc(secretVersion.number))
      .limit(1);
    const number = (last?.number ?? 0) + 1;
    await tx.db.execute(sql`
      delete from secret_version v where v.tenant_id = ${scope.tenantId} and v.secret_id = ${locked.id}
      and not exists (select from revision r where r.tenant_id = v.tenant_id and r.secret_versions ->> ${name} = v.id::text)
      and not exists (select from job j where j.tenant_id = v.tenant_id and j.secret_versions ->> ${name} = v.id::text)
      and not exists (select from job_run n where n.tenant_id = v.tenant_id and n.secret_versions ->> ${name} = v.id::text)`);
    const [row] = await tx.db
      .insert(secretVersion)
      .values({ tenantId: scope.tenantId, secretId: locked.id, number, sealed: await seal(locked.id, number) })
      .returning();
    if (!row) throw new Error('an insert without a row');
    return row;
  });
}

/**
 * The newest version of each secret that a spec uses, by its name. In the transaction that writes a revision or a job this holds the secrets until
 * that is done, so that none is deleted in between. Throws `unprocessable` for a name that is no secret's.
 */
export async function secretsPin(scope: TenantScope, { secrets }: { secrets: readonly SecretUse[] }): Promise<Record<string, string>> {
  const names = [...new Set(secrets.map((use) => use.secret))].sort();
  if (names.length === 0) return {};
  const held = await scope.db
    .select({ id: secret.id, name: secret.name })
    .from(secret)
    .where(and(eq(secret.tenantId, scope.tenantId), inArray(secret.name, names)))
    .orderBy(asc(secret.name))
    .for('share');
  const missing = names.find((name) => !held.some((row) => row.name === name));
  if (missing !== undefined)
    throw new BerthError('unprocessable', `secrets: you have no secret "${missing}". Make it first, with berth secrets set ${missing}.`);
  const newest = await scope.db
    .selectDistinctOn([secretVersion.secretId], { id: secretVersion.id, secretId: secretVersion.secretId })
    .from(secretVersion)
    .where(
      and(
        eq(secretVersion.tenantId, scope.tenantId),
        inArray(
          secretVersion.secretId,
          held.map(({ id }) => id),
        ),
      ),
    )
    .orderBy(secretVersion.secretId, desc(secretVersion.number));
  const versions = new Map(newest.map(({ id, secretId }) => [secretId, id]));
  return Object.fromEntries(held.map(({ id, name }) => [name, versions.get(id) ?? '']));
}

export function secretVersionsOf(scope: TenantScope, ids: string[]): Promise<SecretVersionRow[]> {
  return scope.db
    .select()
    .from(secretVersion)
    .where(and(eq(secretVersion.tenantId, scope.tenantId), inArray(secretVersion.id, ids)));
}

export async function secretPage(scope: TenantScope, after: string | null, limit: number): Promise<SecretListed[]> {
  const rows = await scope.db
    .select()
    .from(secret)
    .where(and(eq(secret.tenantId, scope.tenantId), after === null ? undefined : gt(secret.id, after)))
    .orderBy(asc(secret.id))
    .limit(limit);
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return [];
  const versions = await scope.db
    .select({ secretId: secretVersion.secretId, number: secretVersion.number, createdAt: secretVersion.createdAt })
    .from(secretVersion)
    .where(and(eq(secretVersion.tenantId, scope.tenantId), inArray(secretVersion.secretId, ids)))
    .orderBy(desc(secretVersion.number));
  const users = await secretUsers(scope);
  return rows.map((row) => ({
    ...row,
    versions: versions.filter(({ secretId }) => secretId === row.id).map(({ number, createdAt }) => ({ number, createdAt })),
    usedBy: users.get(row.id) ?? [],
  }));
}

/** Throws `conflict` while a deployment or a job may run with it, `not_found`. */
export function secretDelete(scope: TenantScope, name: string): Promise<void> {
  return scopeTransaction(scope, async (tx) => {
    const own = and(eq(secret.tenantId, scope.tenantId), eq(secret.name, name));
    const [row] = await tx.db.select().from(secret).where(own).for('update');
    if (!row) throw new BerthError('not_found', 'There is no such secret.');
    const users = (await secretUsers(tx)).get(row.id);
    if (users)
      throw new BerthError(
        'conflict',
        `The secret "${name}" is used by ${users.join(', ')}. Release a revision, or change the job, without it first; or delete what uses it.`,
      );
    await tx.db.delete(secret).where(own);
  });
}

/**
 * By a secret's id, who may run with it: a revision that is wished for, that a failed update goes back to, or that still has replicas; a
 * job, and a run that goes on from before a change of its job.
 */
async function secretUsers(scope: TenantScope): Promise<Map<string, string[]>> {
  const { tenantId } = scope;
  const rows = await scope.db.execute<{ secret_id: string; users: string[] }>(sql`
    with used as (
      select d.name, r.secret_versions from deployment d join revision r on r.deployment_id = d.id
      where d.tenant_id = ${tenantId} and (r.number in (d.revision, d.stable_revision)
        or exists (select from replica p where p.deployment_id = d.id and p.revision = r.number))
      union all select j.name, j.secret_versions from job j where j.tenant_id = ${tenantId}
      union all select j.name, n.secret_versions from job j join job_run n on n.job_id = j.id
      where j.tenant_id = ${tenantId} and n.state in ('pending', 'running') and n.secret_versions is not null)
    select v.secret_id, jsonb_agg(distinct u.name order by u.name) as users
    from used u cross join lateral jsonb_each_text(u.secret_versions) pin
    join secret_version v on v.tenant_id = ${tenantId} and v.id::text = pin.value
    group by v.secret_id`);
  return new Map(rows.map(({ secret_id: id, users }) => [id, users]));
}
