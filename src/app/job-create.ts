import type { TenantScope } from '../db/scope.ts';
import { type JobRow, jobByName, jobInsert } from '../db/store/job.ts';
import { BerthError } from '../domain/errors.ts';
import type { JobSpec } from '../domain/job-spec.ts';
import { jobSpecRead } from '../policy/job-spec.read.ts';
import type { JsonValue } from '../policy/json.ts';
import { type DeploymentDesk, runCheck } from './deployment-release.ts';
import { scheduleFirst } from './job-schedule.ts';

/** When and how often a job runs, beside what. */
export type JobSettings = Omit<JobSpec, 'template' | 'secrets' | 'placement'>;

/** A job as it was sent. `id`: under which it is known, so that a repeated request finds it. */
export interface JobSent extends JobSettings {
  id: string;
  name: string;
  spec: JsonValue;
  registryAuth: string | null;
}

/**
 * Writes a job down, with the image and the versions of secrets that its runs get. Throws `conflict` when the name is taken,
 * `unprocessable` for what cannot run or never would.
 */
export async function jobCreate(desk: DeploymentDesk, scope: TenantScope, sent: JobSent): Promise<JobRow> {
  const { id, name, registryAuth, spec: written, ...settings } = sent;
  const spec = { ...jobSpecRead(written, name), ...settings };
  const nextAt = scheduleFirst(settings.schedule);
  const other = await jobByName(scope, name);
  // Told before an image is pulled for nothing; the insert decides.
  if (other && other.id !== id)
    throw new BerthError('conflict', `A job named "${name}" exists already. Change or delete it, or choose another name.`);
  const imageId = await runCheck(desk, scope, spec, { registryAuth });
  return jobInsert(scope, { id, name, spec, imageId, nextAt });
}
