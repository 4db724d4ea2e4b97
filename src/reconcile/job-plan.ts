import { type Cron, cronNext } from '../domain/cron.ts';
import type { JobSpec } from '../domain/job-spec.ts';

/** A job as its plan sees it. Times are milliseconds of the epoch. */
export interface JobWish extends Pick<JobSpec, 'concurrency' | 'keep'> {
  state: 'active' | 'suspended' | 'deleting';
  cron: Cron | null;
  nextAt: number | null;
}

/** `retries`, `timeoutMs`: as the job said when the run was made. */
export interface Run extends Pick<JobSpec, 'retries' | 'timeoutMs'> {
  id: string;
  number: number;
  attempt: number;
  state: 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled';
  retryAt: number;
  startedAt: number | null;
  container: RunContainer;
}

/** `unknown`: its host does not answer, which is no failure. `gone`: nobody has it any more. */
export type RunContainer =
  | { is: 'none' | 'making' | 'created' | 'running' | 'unknown' | 'lost' | 'gone' }
  | { is: 'ended'; exitCode: number; outOfMemory: boolean };

export type JobAction =
  /** Makes the run of the schedule's moment. */
  | { do: 'schedule'; nextAt: number | null }
  /** Lets the schedule's moment pass. */
  | { do: 'skip'; nextAt: number | null; reason: string }
  /** Makes and starts the container of a pending run. */
  | { do: 'begin'; id: string }
  /** Starts a container that somebody made and did not start. */
  | { do: 'start'; id: string }
  /** The same attempt once more: it never began. */
  | { do: 'again'; id: string }
  | { do: 'retry'; id: string; at: number; reason: string; exitCode: number | null }
  | { do: 'finish'; id: string; state: 'succeeded' | 'failed' | 'cancelled'; reason: string; exitCode: number | null }
  /** Ends and removes the container of an attempt before this one. */
  | { do: 'clear'; id: string }
  /** Ends the container of a run that has ended without it. */
  | { do: 'stop'; id: string }
  /** Removes a run with its container. */
  | { do: 'prune'; id: string };

export interface JobPlan {
  actions: JobAction[];
  /** When to look again, if nothing wakes it before; null: nothing is to come. */
  wakeAt: number | null;
  /** A job that is being deleted has nothing left. */
  gone: boolean;
}

const lookMs = 2_000;
const retryMs = 1_000;
const retryMaxMs = 300_000;
/** Under `allow`: a job whose runs never end must not fill the fleet. */
const runsAtOnce = 20;

/**
 * What a job needs next. Pure, and without memory: whatever happened in between, the same rows and containers give the same plan.
 * A schedule's moments that nobody saw, since Berth was down, make one run and not many.
 */
export function jobPlan(job: JobWish, runs: readonly Run[], now: number): JobPlan {
  const ordered = runs.toSorted((a, b) => a.number - b.number);
  const active = ordered.filter(isActive);
  const ended = ordered.filter((run) => !isActive(run));
  const actions = scheduleActions(job, active, now);
  for (const run of active) actions.push(...activeActions(job, run, ordered, now));
  const surplus = job.state === 'deleting' ? ended : ended.slice(0, Math.max(0, ended.length - job.keep));
  for (const run of ended) {
    const { is } = run.container;
    if (is === 'running') actions.push({ do: 'stop', id: run.id });
    else if (surplus.includes(run) && is !== 'making' && is !== 'unknown') actions.push({ do: 'prune', id: run.id });
  }
  return {
    actions,
    wakeAt: wakeAt(job, ordered, actions, now),
    gone: job.state === 'deleting' && runs.length === 0,
  };
}

function isActive({ state }: Run): boolean {
  return state === 'pending' || state === 'running';
}

/** Its container may be doing something. */
function isLiving({ container }: Run): boolean {
  return ['making', 'running', 'unknown'].includes(container.is);
}

function scheduleActions(job: JobWish, active: readonly Run[], now: number): JobAction[] {
  if (job.state !== 'active' || job.cron === null || job.nextAt === null || job.nextAt > now) return [];
  const nextAt = cronNext(job.cron, now);
  const [first] = active;
  if (first && (job.concurrency === 'forbid' || active.length >= runsAtOnce)) {
    const due = new Date(job.nextAt).toISOString();
    const why = job.concurrency === 'forbid' ? `run ${first.number} went on` : `${active.length} runs went on`;
    return [{ do: 'skip', nextAt, reason: `the run of ${due} was left out: ${why}` }];
  }
  return [{ do: 'schedule', nextAt }];
}

function activeActions(job: JobWish, run: Run, all: readonly Run[], now: number): JobAction[] {
  const cancelled = cancelReason(job, run, all);
  if (cancelled !== null) return [{ do: 'finish', id: run.id, state: 'cancelled', reason: cancelled, exitCode: null }];
  return run.state === 'pending' ? pendingActions(job, run, all, now) : runningActions(run, now);
}

function cancelReason(job: JobWish, run: Run, all: readonly Run[]): string | null {
  if (job.state === 'deleting') return 'the job is being deleted';
  if (job.concurrency !== 'replace') return null;
  const newer = all.findLast((other) => isActive(other) && other.number > run.number);
  return newer ? `run ${newer.number} took its place` : null;
}

function pendingActions(job: JobWish, run: Run, all: readonly Run[], now: number): JobAction[] {
  const { is } = run.container;
  if (is === 'making' || is === 'unknown') return [];
  if (is !== 'none') return [{ do: 'clear', id: run.id }];
  if (run.retryAt > now) return [];
  const held =
    job.concurrency !== 'allow' &&
    all.some((other) => other !== run && (isLiving(other) || (isActive(other) && other.number < run.number)));
  return held ? [] : [{ do: 'begin', id: run.id }];
}

function runningActions(run: Run, now: number): JobAction[] {
  const { id, container } = run;
  const late = run.timeoutMs !== null && run.startedAt !== null && now >= run.startedAt + run.timeoutMs;
  if (container.is === 'ended') {
    const { exitCode, outOfMemory } = container;
    if (exitCode === 0) return [{ do: 'finish', id, state: 'succeeded', reason: '', exitCode }];
    return [failed(run, outOfMemory ? 'it ran out of memory' : `it exited with code ${exitCode}`, exitCode, now)];
  }
  if (container.is === 'lost') return [failed(run, 'its host was lost', null, now)];
  if (container.is === 'gone' || container.is === 'none')
    return run.startedAt === null ? [{ do: 'again', id }] : [failed(run, 'its container was removed', null, now)];
  if (late) return [failed(run, `it took longer than ${(run.timeoutMs ?? 0) / 1000} seconds`, null, now)];
  return container.is === 'created' ? [{ do: 'start', id }] : [];
}

/** What a failed attempt leads to: the next one, after a time that doubles, or the end of the run. */
export function failed(run: Pick<Run, 'id' | 'attempt' | 'retries'>, why: string, exitCode: number | null, now: number) {
  const { id, attempt } = run;
  const attempts = run.retries + 1;
  const reason = attempts > 1 ? `attempt ${attempt} of ${attempts}: ${why}` : why;
  if (attempt >= attempts) return { do: 'finish', id, state: 'failed', reason, exitCode } as const;
  return { do: 'retry', id, at: now + Math.min(retryMaxMs, retryMs * 2 ** (attempt - 1)), reason, exitCode } as const;
}

function wakeAt(job: JobWish, runs: readonly Run[], actions: readonly JobAction[], now: number): number | null {
  const times: number[] = [];
  if (actions.length > 0 || runs.some((run) => isActive(run) || isLiving(run))) times.push(now + lookMs);
  for (const run of runs) {
    if (run.state === 'pending' && run.retryAt > now) times.push(run.retryAt);
    if (run.state === 'running' && run.startedAt !== null && run.timeoutMs !== null) times.push(run.startedAt + run.timeoutMs);
  }
  if (job.state === 'active' && job.nextAt !== null) times.push(job.nextAt);
  return times.length > 0 ? Math.min(...times) : null;
}
