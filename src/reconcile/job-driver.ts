import type { App } from '../app/context.ts';
import { jobsDue, jobsRelease } from '../db/store/job.ts';
import { jobAct } from './job-actions.ts';
import type { JobAction } from './job-plan.ts';
import { jobDrive } from './tasks/job-drive.ts';

const dueMs = 1_000;

export interface JobDriver {
  start(): void;
  /** Begins nothing more. */
  halt(): void;
  /** Ends in order: what is under way is finished, and the leases are given up. */
  stop(): Promise<void>;
}

/** Wakes jobs: on notices, on what engines show of their runs, and by timer. Each job by itself, so that a stuck one delays no other. */
export function jobDriverMake(app: App): JobDriver {
  const looking = new Map<string, { again: boolean }>();
  /** By run and kind: an action is begun once, and one that takes long holds up no other. */
  const underWay = new Set<string>();
  const jobOfContainer = new Map<string, string>();
  const work = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const run = (what: string, jobId: string, task: () => Promise<void>): void => {
    const done = task()
      .catch((error) => app.log.warn(`${what} failed and will be tried again`, { job: jobId, cause: String(error) }))
      .finally(() => work.delete(done));
    work.add(done);
  };

  function wake(id: string): void {
    if (stopped) return;
    const busy = looking.get(id);
    if (busy) {
      busy.again = true;
      return;
    }
    const state = { again: true };
    looking.set(id, state);
    run('driving a job', id, async () => {
      try {
        while (state.again && !stopped) {
          state.again = false;
          await look(id);
        }
      } finally {
        looking.delete(id);
      }
    });
  }

  async function look(id: string): Promise<void> {
    const looked = await jobDrive(app, id);
    if (!looked) return;
    for (const { containerId } of looked.runs) if (containerId !== null) jobOfContainer.set(containerId, id);
    for (const action of looked.actions) {
      const key = actionKey(id, action);
      if (underWay.has(key)) continue;
      underWay.add(key);
      run(`${action.do} of a job`, id, async () => {
        try {
          await jobAct(app, looked.job, looked.runs, action);
        } finally {
          underWay.delete(key);
        }
        // After a failure the timer comes back to it.
        wake(id);
      });
    }
  }

  function due(): void {
    jobsDue(app.system, app.processId)
      .then((ids) => ids.forEach(wake))
      .catch((error) => app.log.warn('jobs could not be read', { cause: String(error) }));
    for (const containerId of jobOfContainer.keys())
      if (app.directory.containers.get(containerId).length === 0) jobOfContainer.delete(containerId);
  }

  function halt(): void {
    stopped = true;
    clearInterval(timer);
  }

  return {
    start() {
      app.bus.on('row:job', wake);
      app.bus.on('resync', due);
      app.fleet.follow((engineId) => {
        const container = app.directory.containerByEngineId(engineId);
        const id = container && jobOfContainer.get(container.id);
        if (id !== undefined) wake(id);
      });
      timer = setInterval(due, dueMs);
      due();
    },
    halt,
    async stop() {
      halt();
      while (work.size > 0) await Promise.allSettled(work);
      await jobsRelease(app.system, app.processId);
    },
  };
}

/** A container that is being begun is being started, too. */
function actionKey(jobId: string, action: JobAction): string {
  if (!('id' in action)) return `schedule/${jobId}`;
  return `${action.do === 'start' ? 'begin' : action.do}/${action.id}`;
}
