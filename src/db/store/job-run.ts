import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { BerthError } from '../../domain/errors.ts';
import { container } from '../schema/container.ts';
import { job, jobRun } from '../schema/job.ts';
import { type SystemScope, scopeTransaction, type TenantScope } from '../scope.ts';
import type { JobRow } from './job.ts';

export type JobRunRow = typeof jobRun.$inferSelect;

/** A run as its tenant sees it: with its container as the Docker endpoint knows it. */
export type JobRunShown = Pick<
  JobRunRow,
  'id' | 'number' | 'trigger' | 'attempt' | 'state' | 'exitCode' | 'reason' | 'log' | 'createdAt' | 'startedAt' | 'endedAt'
> & { engineId: string | null };

/**
 * A run that the tenant asks for. `id`: under which a repeated request finds it. Throws `conflict` where another one goes on and the job
 * forbids that, `not_found` when the job is going.
 */
export function jobRunRequest(scope: TenantScope, jobId: string, id: string): Promise<JobRunRow> {
  return scopeTransaction(scope, async (tx) => {
    const mine = and(eq(jobRun.tenantId, scope.tenantId), eq(jobRun.jobId, jobId));
    const [row] = await tx.db
      .update(job)
      .set({ version: sql`${job.version} + 1`, wakeAt: sql`now()` })
      .where(and(eq(job.tenantId, scope.tenantId), eq(job.id, jobId)))
      .returning();
    if (!row || row.state === 'deleting') throw new BerthError('not_found', 'There is no such job.');
    const [made] = await tx.db
      .select()
      .from(jobRun)
      .where(and(mine, eq(jobRun.id, id)));
    if (made) return made;
    if (row.spec.concurrency === 'forbid') {
      const [other] = await tx.db
        .select()
        .from(jobRun)
        .where(and(mine, inArray(jobRun.state, ['pending', 'running'])));
      if (other)
        throw new BerthError(
          'conflict',
          `Run ${other.number} of the job is not at its end, and its concurrency is "forbid". Wait for it, or make the job with allow or replace.`,
        );
    }
    return runInsert(tx, row, id, 'request');
  });
}

/** The run of a schedule's moment, once: nothing when another process has made it, or the job was changed meanwhile. */
export async function jobRunSchedule(scope: SystemScope, row: JobRow, nextAt: Date | null): Promise<void> {
  await scopeTransaction(scope, async (tx) => {
    const [mine] = await tx.db
      .update(job)
      .set({ nextAt, note: '' })
      .where(
        and(
          ...[eq(job.id, row.id), eq(job.epoch, row.epoch), eq(job.version, row.version), eq(job.state, 'active')],
          // What was read is cut to milliseconds.
          sql`date_trunc('milliseconds', ${job.nextAt}) = ${row.nextAt?.toISOString() ?? null}::timestamptz`,
        ),
      )
      .returning();
    if (mine) await runInsert(tx, mine, crypto.randomUUID(), 'schedule');
  });
}

async function runInsert(
  scope: TenantScope | SystemScope,
  { id: jobId, tenantId }: JobRow,
  id: string,
  trigger: JobRunRow['trigger'],
): Promise<JobRunRow> {
  const [counted] = await scope.db
    .update(job)
    .set({ lastRun: sql`${job.lastRun} + 1` })
    .where(and(eq(job.tenantId, tenantId), eq(job.id, jobId)))
    .returning({ number: job.lastRun });
  const [row] = await scope.db
    .insert(jobRun)
    .values({ id, tenantId, jobId, trigger, number: counted?.number ?? 1 })
    .returning();
  if (!row) throw new Error('an insert without a row');
  return row;
}

/** The newest first. */
export function jobRunsShown(scope: TenantScope, jobId: string, number: number | null = null): Promise<JobRunShown[]> {
  const { id, trigger, attempt, state, exitCode, reason, log, createdAt, startedAt, endedAt } = jobRun;
  return scope.db
    .select({
      ...{ id, number: jobRun.number, trigger, attempt, state, exitCode, reason, log, createdAt, startedAt, endedAt },
      engineId: container.engineId,
    })
    .from(jobRun)
    .leftJoin(container, and(eq(container.tenantId, jobRun.tenantId), eq(container.id, jobRun.containerId)))
    .where(and(...[eq(jobRun.tenantId, scope.tenantId), eq(jobRun.jobId, jobId)], number === null ? undefined : eq(jobRun.number, number)))
    .orderBy(desc(jobRun.number));
}

export function jobRunsOf(scope: SystemScope, jobId: string): Promise<JobRunRow[]> {
  return scope.db.select().from(jobRun).where(eq(jobRun.jobId, jobId));
}

/**
 * Gives a pending run the container of its attempt, in the transaction that writes the container's row. False when another process drives
 * the job by now, or the run was cancelled: the epoch is the fence that engines do not have.
 */
export async function jobRunClaim(
  scope: TenantScope,
  run: Pick<JobRunRow, 'id' | 'jobId' | 'attempt'>,
  epoch: number,
  containerId: string,
): Promise<boolean> {
  const [fence] = await scope.db
    .select({ id: job.id })
    .from(job)
    .where(and(eq(job.tenantId, scope.tenantId), eq(job.id, run.jobId), eq(job.epoch, epoch)))
    .for('update');
  if (!fence) return false;
  const claimed = await scope.db
    .update(jobRun)
    .set({ state: 'running', containerId, startedAt: null, exitCode: null })
    .where(
      and(
        ...[eq(jobRun.tenantId, scope.tenantId), eq(jobRun.id, run.id), eq(jobRun.attempt, run.attempt), eq(jobRun.state, 'pending')],
        sql`${jobRun.containerId} is null`,
      ),
    )
    .returning({ id: jobRun.id });
  return claimed.length > 0;
}

/**
 * What the driver found out about an attempt. False when that is no longer so: another process drives the job, or the run is at another
 * attempt or at its end.
 */
export async function jobRunDriven(
  scope: SystemScope,
  run: Pick<JobRunRow, 'id' | 'attempt' | 'state'>,
  epoch: number,
  set: Partial<JobRunRow>,
): Promise<boolean> {
  const rows = await scope.db
    .update(jobRun)
    .set(set)
    .where(
      and(
        ...[eq(jobRun.id, run.id), eq(jobRun.attempt, run.attempt), eq(jobRun.state, run.state)],
        sql`exists (select from ${job} where ${job.id} = ${jobRun.jobId} and ${job.epoch} = ${epoch})`,
      ),
    )
    .returning({ id: jobRun.id });
  return rows.length > 0;
}

export async function jobRunDelete(scope: SystemScope, id: string): Promise<void> {
  await scope.db.delete(jobRun).where(eq(jobRun.id, id));
}
