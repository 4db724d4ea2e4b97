import { and, asc, desc, eq, gt, isNull, lt, lte, ne, or, sql } from 'drizzle-orm';
import type { DeploymentSpec } from '../../domain/deployment-spec.ts';
import { BerthError } from '../../domain/errors.ts';
import { deployment, revision } from '../schema/deployment.ts';
import { type SystemScope, scopeTransaction, type TenantScope, uniqueViolation } from '../scope.ts';
import { livingProcesses } from './installation.ts';
import { secretsPin } from './secret.ts';

export type DeploymentRow = typeof deployment.$inferSelect;
export type RevisionRow = typeof revision.$inferSelect;

/** What a change of the wish may set. */
export type WishChange = Partial<Pick<DeploymentRow, 'state' | 'replicas' | 'restarts' | 'revision'>>;

export async function deploymentInsert(
  scope: TenantScope,
  values: { name: string; stack: string | null; spec: DeploymentSpec; imageId: string },
): Promise<DeploymentRow> {
  const { name, stack, spec, imageId } = values;
  try {
    return await scopeTransaction(scope, async (tx) => {
      const [row] = await tx.db.insert(deployment).values({ tenantId: scope.tenantId, name, stack, replicas: spec.replicas }).returning();
      if (!row) throw new Error('an insert without a row');
      await tx.db
        .insert(revision)
        .values({ deploymentId: row.id, tenantId: scope.tenantId, number: 1, spec, imageId, secretVersions: await secretsPin(tx, spec) });
      return row;
    });
  } catch (error) {
    if (uniqueViolation(error) === 'deployment_name')
      throw new BerthError('conflict', `A deployment named "${name}" exists already. Update it, or choose another name.`);
    throw error;
  }
}

/** Adds a revision, with the newest versions of its secrets, and makes it the wish. `expected`: the version it is based on. Throws `precondition_failed`. */
export function deploymentRevise(
  scope: TenantScope,
  id: string,
  expected: number | null,
  spec: DeploymentSpec,
  imageId: string,
): Promise<DeploymentRow> {
  return scopeTransaction(scope, async (tx) => {
    // Revisions are numbered one after another, also when two are made at once.
    await tx.db
      .select({ id: deployment.id })
      .from(deployment)
      .where(and(eq(deployment.tenantId, scope.tenantId), eq(deployment.id, id)))
      .for('update');
    const [last] = await tx.db
      .select({ number: revision.number })
      .from(revision)
      .where(and(eq(revision.tenantId, scope.tenantId), eq(revision.deploymentId, id)))
      .orderBy(desc(revision.number))
      .limit(1);
    const number = (last?.number ?? 0) + 1;
    await tx.db
      .insert(revision)
      .values({ deploymentId: id, tenantId: scope.tenantId, number, spec, imageId, secretVersions: await secretsPin(tx, spec) });
    return deploymentWish(tx, id, expected, { revision: number, replicas: spec.replicas, state: 'active' });
  });
}

/** Changes the wish and wakes the driver. Throws `precondition_failed` when it is based on another version, `not_found`. */
export async function deploymentWish(scope: TenantScope, id: string, expected: number | null, change: WishChange): Promise<DeploymentRow> {
  const mine = and(eq(deployment.tenantId, scope.tenantId), eq(deployment.id, id), ne(deployment.state, 'deleting'));
  const [row] = await scope.db
    .update(deployment)
    .set({
      ...change,
      version: sql`${deployment.version} + 1`,
      phase: 'progressing',
      reason: '',
      failures: 0,
      failuresInRow: 0,
      failedAt: null,
      failureLog: '',
      batchAt: null,
      wakeAt: sql`now()`,
    })
    .where(and(mine, expected === null ? undefined : eq(deployment.version, expected)))
    .returning();
  if (row) return row;
  const [there] = await scope.db.select({ version: deployment.version }).from(deployment).where(mine);
  if (!there) throw new BerthError('not_found', 'There is no such deployment.');
  throw new BerthError(
    'precondition_failed',
    `The deployment was changed meanwhile: it is at version ${there.version}, and your change is based on ${expected}. Read it again and repeat your change.`,
  );
}

export async function deploymentByName(scope: TenantScope, name: string): Promise<DeploymentRow | undefined> {
  const [row] = await scope.db
    .select()
    .from(deployment)
    .where(and(eq(deployment.tenantId, scope.tenantId), eq(deployment.name, name)));
  return row;
}

export async function deploymentOf(scope: TenantScope, id: string): Promise<DeploymentRow | undefined> {
  const [row] = await scope.db
    .select()
    .from(deployment)
    .where(and(eq(deployment.tenantId, scope.tenantId), eq(deployment.id, id)));
  return row;
}

export function deploymentPage(scope: TenantScope, after: string | null, limit: number): Promise<DeploymentRow[]> {
  return scope.db
    .select()
    .from(deployment)
    .where(and(eq(deployment.tenantId, scope.tenantId), after === null ? undefined : gt(deployment.id, after)))
    .orderBy(asc(deployment.id))
    .limit(limit);
}

export function revisionsOf(scope: TenantScope, deploymentId: string): Promise<RevisionRow[]> {
  return scope.db
    .select()
    .from(revision)
    .where(and(eq(revision.tenantId, scope.tenantId), eq(revision.deploymentId, deploymentId)))
    .orderBy(desc(revision.number));
}

export async function revisionOf(scope: TenantScope, deploymentId: string, number: number): Promise<RevisionRow | undefined> {
  const [row] = await scope.db
    .select()
    .from(revision)
    .where(and(eq(revision.tenantId, scope.tenantId), eq(revision.deploymentId, deploymentId), eq(revision.number, number)));
  return row;
}

/** Takes or renews the lease. A new holder gets a new epoch, so that what an old one still does is refused. Undefined: somebody else drives it. */
export async function deploymentDrive(
  scope: SystemScope,
  id: string,
  processId: string,
  leaseMs: number,
): Promise<DeploymentRow | undefined> {
  const [row] = await scope.db
    .update(deployment)
    .set({
      driver: processId,
      driverUntil: sql`now() + make_interval(secs => ${leaseMs / 1_000})`,
      epoch: sql`case when ${deployment.driver} = ${processId} and ${deployment.driverUntil} > now() then ${deployment.epoch} else ${deployment.epoch} + 1 end`,
    })
    .where(
      and(eq(deployment.id, id), or(isNull(deployment.driver), eq(deployment.driver, processId), lt(deployment.driverUntil, sql`now()`))),
    )
    .returning();
  return row;
}

/** What the driver found out; nothing when it is the driver no more, or when the wish it found it out about is no longer the newest. */
export async function deploymentDriven(
  scope: SystemScope,
  { id, epoch, version }: Pick<DeploymentRow, 'id' | 'epoch' | 'version'>,
  set: Partial<DeploymentRow>,
): Promise<void> {
  await scope.db
    .update(deployment)
    .set(set)
    .where(and(eq(deployment.id, id), eq(deployment.epoch, epoch), eq(deployment.version, version)));
}

/** Gives up the leases of a process that ends in order. */
export async function deploymentsRelease(scope: SystemScope, processId: string): Promise<void> {
  await scope.db.update(deployment).set({ driver: null, driverUntil: null, wakeAt: sql`now()` }).where(eq(deployment.driver, processId));
}

/**
 * Those that are due and that nobody drives now, those whose driver was not seen for `lostMs`, and those that nobody looked at for `idleMs`:
 * their driver may not have been woken.
 */
export async function deploymentsDue(scope: SystemScope, { idleMs, lostMs }: { idleMs: number; lostMs: number }): Promise<string[]> {
  const rows = await scope.db
    .select({ id: deployment.id })
    .from(deployment)
    .where(
      or(
        and(lte(deployment.wakeAt, sql`now()`), or(isNull(deployment.driverUntil), lt(deployment.driverUntil, sql`now()`))),
        and(ne(deployment.phase, 'ready'), lt(deployment.driverUntil, sql`now()`)),
        and(lt(deployment.driverUntil, sql`now()`), sql`${deployment.driver} not in (${livingProcesses(lostMs)})`),
        lt(deployment.driverUntil, sql`now() - make_interval(secs => ${idleMs / 1_000})`),
      ),
    );
  return rows.map((row) => row.id);
}

/** The last of a deployment: its revisions go with it. */
export async function deploymentDelete(scope: SystemScope, id: string, epoch: number): Promise<void> {
  await scope.db.execute(sql`delete from replica where deployment_id = ${id} and phase = 'removing'`);
  await scope.db.delete(deployment).where(and(eq(deployment.id, id), eq(deployment.epoch, epoch), eq(deployment.state, 'deleting')));
}
