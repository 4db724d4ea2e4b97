import type { TenantScope } from '../db/scope.ts';
import { type JobRow, jobChanged, jobRevise, jobWish } from '../db/store/job.ts';
import { type JobRunShown, jobRunRequest } from '../db/store/job-run.ts';
import { jobSpecRead } from '../policy/job-spec.read.ts';
import type { JsonValue } from '../policy/json.ts';
import { type DeploymentDesk, runCheck } from './deployment-release.ts';
import type { JobSettings } from './job-create.ts';
import { scheduleFirst } from './job-schedule.ts';

/** What is said of a job anew; the rest stays. With `spec`, its image is resolved anew and its runs get the newest versions of its secrets. */
export type JobChange = { [Setting in keyof JobSettings]?: JobSettings[Setting] | undefined } & {
  spec?: JsonValue | undefined;
  registryAuth: string | null;
};

/**
 * Changes a job. Runs that were made before keep what they were made with. `expected`: the version it is based on, or null. Throws
 * `precondition_failed`, and what jobCreate throws.
 */
export async function jobChange(
  desk: DeploymentDesk,
  scope: TenantScope,
  row: JobRow,
  expected: number | null,
  { spec: written, registryAuth, ...settings }: JobChange,
): Promise<JobRow> {
  const first = scheduleFirst(settings.schedule ?? null);
  const what = written === undefined ? null : jobSpecRead(written, row.name);
  // Told before an image is pulled for nothing; the store decides.
  if (expected !== null && expected !== row.specVersion) throw jobChanged(row, expected);
  const run = what && { imageId: await runCheck(desk, scope, what, { registryAuth }) };
  return jobRevise(scope, row.id, expected, (before) => {
    const spec = { ...before.spec, ...what, ...settings };
    // One that stays as it is keeps the moment that may be due just now.
    const nextAt = spec.schedule === before.spec.schedule ? before.nextAt : before.state === 'active' ? first : null;
    return { spec, run, nextAt };
  });
}

/** One run, now. `id`: under which a repeated request finds it. Throws `conflict` where the job forbids two at once. */
export async function jobRunNow(scope: TenantScope, row: JobRow, id: string): Promise<JobRunShown> {
  // A repeated request may find it begun: what its container is called is told by a look at the run.
  return { ...(await jobRunRequest(scope, row.id, id)), engineId: null };
}

/** Its schedule makes no runs from now on; those that are under way go on. */
export function jobSuspend(scope: TenantScope, { id }: JobRow): Promise<JobRow> {
  return jobWish(scope, id, { state: 'suspended', nextAt: null });
}

/** Its schedule goes on with the next moment: what was due meanwhile is not made up for. */
export function jobResume(scope: TenantScope, row: JobRow): Promise<JobRow> {
  // One that goes on already keeps the moment that may be due just now.
  const nextAt = row.state === 'active' ? row.nextAt : scheduleFirst(row.spec.schedule);
  return jobWish(scope, row.id, { state: 'active', nextAt });
}

/** Its runs are ended and removed, then it is gone. */
export function jobRemove(scope: TenantScope, { id }: JobRow): Promise<JobRow> {
  return jobWish(scope, id, { state: 'deleting', nextAt: null });
}
