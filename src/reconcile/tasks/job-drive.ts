import type { App } from '../../app/context.ts';
import { type JobRow, jobDelete, jobDriven, jobDrive as jobLease } from '../../db/store/job.ts';
import { type JobRunRow, jobRunsOf } from '../../db/store/job-run.ts';
import { cronParse } from '../../domain/cron.ts';
import { runObserve } from '../job-observe.ts';
import { type JobAction, jobPlan } from '../job-plan.ts';

export interface JobLooked {
  job: JobRow;
  runs: JobRunRow[];
  actions: JobAction[];
}

/** Looks at one job, and tells what is to be done for it; null while another process drives it, or when it is gone. */
export async function jobDrive(app: App, id: string): Promise<JobLooked | null> {
  const job = await jobLease(app.system, id, app.processId, app.pace.driverLeaseMs);
  if (!job) return null;
  await app.directory.fresh();
  const runs = await jobRunsOf(app.system, id);
  const { spec, state } = job;
  const cron = spec.schedule === null ? null : cronParse(spec.schedule);
  const seen = await Promise.all(runs.map((run) => runObserve(app, job, run)));
  const plan = jobPlan({ ...spec, state, cron, nextAt: job.nextAt?.getTime() ?? null }, seen, Date.now());
  if (plan.gone) {
    await jobDelete(app.system, job);
    return null;
  }
  await jobDriven(app.system, job, { wakeAt: plan.wakeAt === null ? null : new Date(plan.wakeAt) });
  return { job, runs, actions: plan.actions };
}
