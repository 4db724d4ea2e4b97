import { containerCreate } from '../app/container-create.ts';
import { containerLogTail } from '../app/container-log-tail.ts';
import { containerRemove } from '../app/container-remove.ts';
import { containerStop } from '../app/container-signal.ts';
import { containerStart } from '../app/container-start.ts';
import type { App } from '../app/context.ts';
import { secretsOpen } from '../app/secret.ts';
import { tenantScope } from '../db/scope.ts';
import type { ContainerRow } from '../db/store/container.ts';
import { type JobRow, jobDriven } from '../db/store/job.ts';
import { type JobRunRow, jobRunClaim, jobRunDelete, jobRunDriven, jobRunSchedule } from '../db/store/job-run.ts';
import { BerthError } from '../domain/errors.ts';
import { failed, type JobAction } from './job-plan.ts';

type Ended = Extract<JobAction, { do: 'retry' | 'finish' }>;
type OfRun = Exclude<JobAction, { do: 'schedule' | 'skip' }>;

/** Carries out one action. May be started twice, and by two processes: what an old driver does is refused by the epoch. */
export async function jobAct(app: App, job: JobRow, runs: readonly JobRunRow[], action: JobAction): Promise<void> {
  if (action.do === 'schedule') return jobRunSchedule(app.system, job, momentOf(action.nextAt));
  if (action.do === 'skip') return jobDriven(app.system, job, { nextAt: momentOf(action.nextAt), note: action.reason });
  const run = runs.find(({ id }) => id === action.id);
  if (run) await runAct(app, job, run, action, runs);
}

async function runAct(app: App, job: JobRow, run: JobRunRow, action: OfRun, runs: readonly JobRunRow[]): Promise<void> {
  switch (action.do) {
    case 'begin':
      return begin(app, job, run, runs);
    case 'start': {
      const container = containerOf(app, run);
      return container && start(app, job, run, container);
    }
    case 'again':
      await jobRunDriven(app.system, run, job.epoch, { state: 'pending', containerId: null });
      return;
    case 'retry':
    case 'finish':
      return end(app, job, run, action);
    case 'stop': {
      const container = containerOf(app, run);
      if (container) await containerStop(app, container, { timeoutSeconds: null, signal: null });
      return;
    }
    case 'clear':
      await containerAway(app, job, run);
      await jobRunDriven(app.system, run, job.epoch, { containerId: null });
      return;
    case 'prune':
      await containerAway(app, job, run);
      await jobRunDelete(app.system, run.id);
  }
}

async function begin(app: App, job: JobRow, run: JobRunRow, runs: readonly JobRunRow[]): Promise<void> {
  const scope = tenantScope(app.db, job.tenantId);
  const { template, secrets, placement } = run.spec ?? job.spec;
  let container: ContainerRow & { engineId: string };
  let claimed = false;
  try {
    container = await containerCreate(
      app,
      scope,
      { ...template, name: `${job.name}.${run.number}.${crypto.randomUUID().slice(0, 8)}` },
      {
        imageId: run.imageId ?? job.imageId,
        secrets: await secretsOpen(app.seal, scope, { secrets, secretVersions: run.secretVersions ?? job.secretVersions }),
        placement: () => ({ ...placement, peers: peersOf(app, runs), maxPerHost: null }),
        ports: [],
        async claim(tx, row) {
          claimed = await jobRunClaim(tx, run, job.epoch, row.id);
          if (!claimed) throw new BerthError('conflict', 'The run is no longer to be made by this process.');
        },
      },
    );
  } catch (error) {
    return notMade(app, job, { ...run, state: claimed ? 'running' : 'pending' }, error);
  }
  await start(app, job, { ...run, state: 'running' }, container);
}

/** How many other runs of the job go on, on each host. */
function peersOf(app: App, runs: readonly JobRunRow[]): Map<string, number> {
  const peers = new Map<string, number>();
  for (const run of runs) {
    const hostId = run.state === 'running' ? containerOf(app, run)?.hostId : undefined;
    if (hostId !== undefined) peers.set(hostId, (peers.get(hostId) ?? 0) + 1);
  }
  return peers;
}

/** The intent first: from here on its time counts, and a container that is gone is a failure. */
async function start(app: App, job: JobRow, run: JobRunRow, container: ContainerRow): Promise<void> {
  if (!(await jobRunDriven(app.system, run, job.epoch, { startedAt: run.startedAt ?? new Date() }))) return;
  try {
    await containerStart(app, container, {});
  } catch (error) {
    if (error instanceof BerthError && error.code === 'not_modified') return;
    // Whether an engine that went silent has started it, the next look tells.
    if (!app.fleet.host(container.hostId)?.watch.live) return;
    await notMade(app, job, run, error);
  }
}

async function notMade(app: App, job: JobRow, run: JobRunRow, error: unknown): Promise<void> {
  const why = error instanceof BerthError ? error.message : 'its container could not be made';
  const { retries } = run.spec ?? job.spec;
  await end(app, job, run, failed({ ...run, retries }, why, null, Date.now()));
}

async function end(app: App, job: JobRow, run: JobRunRow, action: Ended): Promise<void> {
  const { reason, exitCode } = action;
  const container = containerOf(app, run);
  const log = container && run.state === 'running' ? await containerLogTail(app, container) : run.log;
  const set = { reason, exitCode, log };
  if (action.do === 'finish') await jobRunDriven(app.system, run, job.epoch, { ...set, state: action.state, endedAt: new Date() });
  else
    await jobRunDriven(app.system, run, job.epoch, {
      ...set,
      ...{ state: 'pending', attempt: run.attempt + 1, retryAt: new Date(action.at), startedAt: null },
    });
}

async function containerAway(app: App, job: JobRow, run: JobRunRow): Promise<void> {
  const container = containerOf(app, run);
  if (!container) return;
  // With its grace; on a host that is lost there is nobody to ask.
  await containerStop(app, container, { timeoutSeconds: null, signal: null }).catch(() => {});
  await containerRemove(app, tenantScope(app.db, job.tenantId), container, { force: true, volumes: true });
}

function containerOf(app: App, run: JobRunRow): (ContainerRow & { engineId: string }) | undefined {
  const container = run.containerId === null ? undefined : app.directory.containers.get(run.containerId)[0];
  if (!container || container.engineId === null || container.state !== 'created') return undefined;
  return { ...container, engineId: container.engineId };
}

function momentOf(time: number | null): Date | null {
  return time === null ? null : new Date(time);
}
