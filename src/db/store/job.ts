import { and, asc, eq, gt, isNull, lt, lte, ne, or, sql } from 'drizzle-orm';
import { BerthError } from '../../domain/errors.ts';
import type { JobSpec } from '../../domain/job-spec.ts';
import { job, jobRun } from '../schema/job.ts';
import { type SystemScope, scopeTransaction, type TenantScope, uniqueViolation } from '../scope.ts';
import { secretsPin } from './secret.ts';

export type JobRow = typeof job.$inferSelect;

/** `id`: under which a repeated request finds what it made. Throws `conflict` when the name is another job's. */
export async function jobInsert(
  scope: TenantScope,
  values: { id: string; name: string; spec: JobSpec; imageId: string; nextAt: Date | null },
): Promise<JobRow> {
  try {
    return await scopeTransaction(scope, async (tx) => {
      const secretVersions = await secretsPin(tx, values.spec);
      const [row] = await tx.db
        .insert(job)
        .values({ ...values, secretVersions, tenantId: scope.tenantId, wakeAt: values.nextAt })
        .onConflictDoNothing({ target: job.id })
        .returning();
      const there = row ?? (await jobOf(tx, values.id));
      if (!there) throw new Error('an insert without a row');
      return there;
    });
  } catch (error) {
    if (uniqueViolation(error) === 'job_name')
      throw new BerthError('conflict', `A job named "${values.name}" exists already. Delete it, or choose another name.`);
    throw error;
  }
}

/** Throws `not_found` when it is gone, or going. */
export async function jobWish(scope: TenantScope, id: string, change: Partial<Pick<JobRow, 'state' | 'nextAt'>>): Promise<JobRow> {
  const [row] = await scope.db
    .update(job)
    .set({ ...change, version: sql`${job.version} + 1`, wakeAt: sql`now()` })
    .where(and(eq(job.tenantId, scope.tenantId), eq(job.id, id), ne(job.state, 'deleting')))
    .returning();
  if (!row) throw new BerthError('not_found', 'There is no such job.');
  return row;
}

/** What a change of a job comes to: with another `run`, runs get its image and the newest versions of its secrets. */
export interface JobRevised {
  spec: JobSpec;
  run: { imageId: string } | null;
  nextAt: Date | null;
}

/**
 * Changes what a job runs and when; runs that there are keep what they were made with. `expected`: the version it is based on, or null.
 * Throws `precondition_failed`, `not_found`, `unprocessable` for a secret that there is not.
 */
export function jobRevise(scope: TenantScope, id: string, expected: number | null, revise: (row: JobRow) => JobRevised): Promise<JobRow> {
  return scopeTransaction(scope, async (tx) => {
    const mine = and(eq(job.tenantId, scope.tenantId), eq(job.id, id));
    const [before] = await tx.db.select().from(job).where(mine).for('update');
    if (!before || before.state === 'deleting') throw new BerthError('not_found', 'There is no such job.');
    if (expected !== null && expected !== before.specVersion) throw jobChanged(before, expected);
    const { spec, run, nextAt } = revise(before);
    await tx.db
      .update(jobRun)
      .set({ spec: before.spec, imageId: before.imageId, secretVersions: before.secretVersions })
      .where(and(eq(jobRun.tenantId, scope.tenantId), eq(jobRun.jobId, id), isNull(jobRun.spec)));
    const [row] = await tx.db
      .update(job)
      .set({
        ...{ spec, nextAt, specVersion: before.specVersion + 1, version: before.version + 1, wakeAt: sql`now()` },
        ...(run && { imageId: run.imageId, secretVersions: await secretsPin(tx, spec) }),
      })
      .where(mine)
      .returning();
    if (!row) throw new Error('an update without a row');
    return row;
  });
}

export function jobChanged({ specVersion }: Pick<JobRow, 'specVersion'>, expected: number): BerthError {
  return new BerthError(
    'precondition_failed',
    `The job was changed meanwhile: it is at version ${specVersion}, and your change is based on ${expected}. Read it again and repeat your change.`,
  );
}

export async function jobOf(scope: TenantScope, id: string): Promise<JobRow | undefined> {
  const [row] = await scope.db
    .select()
    .from(job)
    .where(and(eq(job.tenantId, scope.tenantId), eq(job.id, id)));
  return row;
}

export async function jobByName(scope: TenantScope, name: string): Promise<JobRow | undefined> {
  const [row] = await scope.db
    .select()
    .from(job)
    .where(and(eq(job.tenantId, scope.tenantId), eq(job.name, name)));
  return row;
}

export function jobPage(scope: TenantScope, after: string | null, limit: number): Promise<JobRow[]> {
  return scope.db
    .select()
    .from(job)
    .where(and(eq(job.tenantId, scope.tenantId), after === null ? undefined : gt(job.id, after)))
    .orderBy(asc(job.id))
    .limit(limit);
}

/** Takes or renews the lease, as deploymentDrive does. Undefined: somebody else drives it, or it is gone. */
export async function jobDrive(scope: SystemScope, id: string, processId: string, leaseMs: number): Promise<JobRow | undefined> {
  const [row] = await scope.db
    .update(job)
    .set({
      driver: processId,
      driverUntil: sql`now() + make_interval(secs => ${leaseMs / 1_000})`,
      epoch: sql`case when ${job.driver} = ${processId} and ${job.driverUntil} > now() then ${job.epoch} else ${job.epoch} + 1 end`,
    })
    .where(and(eq(job.id, id), or(isNull(job.driver), eq(job.driver, processId), lt(job.driverUntil, sql`now()`))))
    .returning();
  return row;
}

/** What the driver found out; nothing when it is the driver no more, or the tenant has changed the job since. */
export async function jobDriven(
  scope: SystemScope,
  { id, epoch, version }: Pick<JobRow, 'id' | 'epoch' | 'version'>,
  set: Partial<Pick<JobRow, 'nextAt' | 'note' | 'wakeAt'>>,
): Promise<void> {
  await scope.db
    .update(job)
    .set(set)
    .where(and(eq(job.id, id), eq(job.epoch, epoch), eq(job.version, version)));
}

export async function jobDelete(scope: SystemScope, { id, epoch }: Pick<JobRow, 'id' | 'epoch'>): Promise<void> {
  await scope.db.delete(job).where(and(eq(job.id, id), eq(job.epoch, epoch), eq(job.state, 'deleting')));
}

/** Gives up the leases of a process that ends in order. */
export async function jobsRelease(scope: SystemScope, processId: string): Promise<void> {
  await scope.db.update(job).set({ driver: null, driverUntil: null }).where(eq(job.driver, processId));
}

/** Those that are due and that no other process drives now. */
export async function jobsDue(scope: SystemScope, processId: string): Promise<string[]> {
  const rows = await scope.db
    .select({ id: job.id })
    .from(job)
    .where(and(lte(job.wakeAt, sql`now()`), or(isNull(job.driverUntil), lt(job.driverUntil, sql`now()`), eq(job.driver, processId))));
  return rows.map(({ id }) => id);
}
