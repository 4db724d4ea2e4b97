import type { App } from '../app/context.ts';
import { containerGet } from '../db/store/container.ts';
import type { JobRow } from '../db/store/job.ts';
import type { JobRunRow } from '../db/store/job-run.ts';
import type { Run, RunContainer } from './job-plan.ts';

const never = '0001-01-01';

/** A run as its row and its engine show it now. */
export async function runObserve(app: App, job: JobRow, row: JobRunRow): Promise<Run> {
  const { id, number, attempt, state } = row;
  const { retries, timeoutMs } = row.spec ?? job.spec;
  const times = { retryAt: row.retryAt.getTime(), startedAt: row.startedAt?.getTime() ?? null };
  return { id, number, attempt, state, retries, timeoutMs, ...times, container: await containerObserve(app, row.containerId) };
}

async function containerObserve(app: App, id: string | null): Promise<RunContainer> {
  if (id === null) return { is: 'none' };
  const container = app.directory.containers.get(id)[0];
  if (!container) {
    // A newborn one may not be in memory yet, so the database has the last word.
    const row = await containerGet(app.system, id);
    return { is: row && row.state !== 'removed' ? 'making' : 'gone' };
  }
  if (container.state === 'removing' || container.state === 'removed') return { is: 'gone' };
  const host = app.fleet.host(container.hostId);
  if (host?.row.state === 'lost') return { is: 'lost' };
  if (container.state === 'creating' || container.engineId === null) return { is: 'making' };
  const read = host?.watch.live ? await host.watch.read(container.engineId) : undefined;
  if (!read?.live) return { is: 'unknown' };
  const document = read.observation.document;
  if (document === null) return { is: 'gone' };
  const { Running, Paused, StartedAt, ExitCode, OOMKilled } = document.State;
  if (Running || Paused) return { is: 'running' };
  return StartedAt.startsWith(never) ? { is: 'created' } : { is: 'ended', exitCode: ExitCode, outOfMemory: OOMKilled };
}
