import type { TenantScope } from '../db/scope.ts';
import { type JobRow, jobByName, jobOf, jobPage } from '../db/store/job.ts';
import { type JobRunShown, jobRunsShown } from '../db/store/job-run.ts';
import { BerthError } from '../domain/errors.ts';
import { lookUntil } from '../domain/look-until.ts';

/** By id or by name. Throws `not_found`. */
export async function jobFind(scope: TenantScope, reference: string): Promise<JobRow> {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(reference);
  const row = (isId && (await jobOf(scope, reference))) || (await jobByName(scope, reference));
  if (row) return row;
  throw new BerthError('not_found', 'There is no such job.');
}

export function jobsRead(scope: TenantScope, after: string | null, limit: number): Promise<JobRow[]> {
  return jobPage(scope, after, limit);
}

/** All that are kept, the newest first. */
export function jobRuns(scope: TenantScope, row: JobRow): Promise<JobRunShown[]> {
  return jobRunsShown(scope, row.id);
}

/** The run as soon as it has ended, or as it is after so long. Throws `not_found`. */
export async function jobRunWait(scope: TenantScope, row: JobRow, number: number, waitMs: number): Promise<JobRunShown> {
  const [run] = await lookUntil(
    waitMs,
    () => jobRunsShown(scope, row.id, number),
    ([seen]) => seen?.state !== 'pending' && seen?.state !== 'running',
  );
  if (run) return run;
  throw new BerthError('not_found', `The job has no run ${number}, or no longer.`);
}
