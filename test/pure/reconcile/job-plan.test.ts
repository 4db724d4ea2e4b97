import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronParse } from '../../../src/domain/cron.ts';
import { type JobAction, type JobWish, jobPlan, type Run } from '../../../src/reconcile/job-plan.ts';

const everyMinute = cronParse('* * * * *');
const start = Date.parse('2026-01-01T00:00:00Z');
const job = (over: Partial<JobWish> = {}): JobWish => ({
  ...{ state: 'active', cron: null, nextAt: null, concurrency: 'forbid', keep: 2 },
  ...over,
});
const run = (over: Partial<Run> = {}): Run => ({
  ...{ id: 'r1', number: 1, attempt: 1, state: 'pending', retryAt: 0, startedAt: null, container: { is: 'none' } },
  ...{ retries: 0, timeoutMs: null },
  ...over,
});
const does = (wish: JobWish, runs: Run[], now = start) => jobPlan(wish, runs, now).actions;
const exited = (exitCode: number) => ({ is: 'ended', exitCode, outOfMemory: false }) as const;

describe('the plan of a job', () => {
  it('makes one run for all the moments that passed while nobody looked', () => {
    const late = job({ cron: everyMinute, nextAt: start - 3_600_000 });
    expect(does(late, [])).toEqual([{ do: 'schedule', nextAt: start + 60_000 }]);
  });

  it('lets a moment pass, with the reason, while a run goes on that forbids another', () => {
    const due = job({ cron: everyMinute, nextAt: start });
    const going = run({ state: 'running', startedAt: start - 90_000, container: { is: 'running' } });
    expect(does(due, [going])).toEqual([
      { do: 'skip', nextAt: start + 60_000, reason: 'the run of 2026-01-01T00:00:00.000Z was left out: run 1 went on' },
    ]);
  });

  it('begins a run that takes the place of another only when that one is over', () => {
    const wish = job({ concurrency: 'replace' });
    const old = run({ state: 'running', startedAt: start, container: { is: 'running' } });
    const newer = run({ id: 'r2', number: 2 });
    expect(does(wish, [old, newer])).toMatchObject([{ do: 'finish', id: 'r1', state: 'cancelled' }]);
    expect(does(wish, [{ ...old, state: 'cancelled' }, newer])).toEqual([{ do: 'stop', id: 'r1' }]);
    expect(does(wish, [{ ...old, state: 'cancelled', container: exited(137) }, newer])).toEqual([{ do: 'begin', id: 'r2' }]);
  });

  it('tries a failed attempt again after a time that doubles, and then gives up with the reason', () => {
    const wish = job();
    const failed = run({ retries: 2, state: 'running', startedAt: start, container: exited(3) });
    expect(does(wish, [failed])).toMatchObject([{ do: 'retry', at: start + 1_000, reason: 'attempt 1 of 3: it exited with code 3' }]);
    expect(does(wish, [{ ...failed, attempt: 2 }])).toMatchObject([{ do: 'retry', at: start + 2_000 }]);
    expect(does(wish, [{ ...failed, attempt: 3 }])).toMatchObject([{ do: 'finish', state: 'failed', exitCode: 3 }]);
  });

  it('takes a late attempt, a lost host and a container that was removed for failures, and silence for none', () => {
    const going = run({ state: 'running', startedAt: start, container: { is: 'running' } });
    const timed = { ...going, timeoutMs: 5_000 };
    expect(does(job(), [timed], start + 4_999)).toEqual([]);
    expect(does(job(), [timed], start + 5_000)).toMatchObject([{ do: 'finish', reason: 'it took longer than 5 seconds' }]);
    expect(does(job(), [{ ...going, container: { is: 'lost' } }])).toMatchObject([{ do: 'finish', reason: 'its host was lost' }]);
    expect(does(job(), [{ ...going, container: { is: 'gone' } }])).toMatchObject([{ do: 'finish', reason: 'its container was removed' }]);
    expect(does(job(), [{ ...going, container: { is: 'unknown' } }])).toEqual([]);
  });

  it('takes an attempt that never began for none', () => {
    expect(does(job(), [run({ state: 'running', container: { is: 'gone' } })])).toEqual([{ do: 'again', id: 'r1' }]);
    expect(does(job(), [run({ state: 'running', container: { is: 'created' } })])).toEqual([{ do: 'start', id: 'r1' }]);
  });
});

/** A world that carries out what is planned, in any order, and whose containers end, vanish and are lost as they like. */
interface World {
  wish: JobWish;
  runs: Run[];
  attempts: Map<string, number>;
  /** What each of its runs is made with. */
  made: Pick<Run, 'retries' | 'timeoutMs'>;
}

const chances = fc.record({
  pick: fc.nat(),
  fate: fc.constantFrom('run', 'exit 0', 'exit 1', 'lost', 'gone', 'never made', 'request', 'wait'),
  all: fc.boolean(),
  waitMs: fc.nat(90_000),
});

function carryOut(world: World, action: JobAction, now: number): void {
  if (action.do === 'schedule' || action.do === 'skip') {
    world.wish.nextAt = action.nextAt;
    if (action.do === 'schedule') runAdd(world);
    return;
  }
  const at = world.runs.findIndex(({ id }) => id === action.id);
  const one = world.runs[at] as Run;
  if (action.do === 'begin') {
    world.attempts.set(one.id, Math.max(world.attempts.get(one.id) ?? 0, one.attempt));
    world.runs[at] = { ...one, state: 'running', startedAt: now, container: { is: 'running' } };
  } else if (action.do === 'start') world.runs[at] = { ...one, startedAt: now, container: { is: 'running' } };
  else if (action.do === 'again') world.runs[at] = { ...one, state: 'pending', container: { is: 'none' } };
  else if (action.do === 'retry')
    world.runs[at] = { ...one, state: 'pending', attempt: one.attempt + 1, retryAt: action.at, startedAt: null };
  else if (action.do === 'finish') world.runs[at] = { ...one, state: action.state };
  else if (action.do === 'clear') world.runs[at] = { ...one, container: { is: 'none' } };
  else if (action.do === 'stop') world.runs[at] = { ...one, container: exited(137) };
  else world.runs.splice(at, 1);
}

function runAdd(world: World): void {
  const number = Math.max(0, ...[...world.attempts.keys()].map(Number)) + 1;
  world.attempts.set(String(number), 0);
  world.runs.push(run({ id: String(number), number, ...world.made }));
}

function befall(world: World, { fate, pick }: { fate: string; pick: number }): void {
  if (
    fate === 'request' &&
    (world.wish.concurrency !== 'forbid' || !world.runs.some(({ state }) => ['pending', 'running'].includes(state)))
  )
    runAdd(world);
  const living = world.runs.filter(({ container }) => container.is === 'running');
  const one = living[pick % Math.max(1, living.length)];
  if (!one) return;
  if (fate.startsWith('exit')) one.container = exited(Number(fate.at(-1)));
  if (fate === 'lost' || fate === 'gone') one.container = { is: fate };
  if (fate === 'never made') Object.assign(one, { container: { is: 'gone' }, startedAt: null });
}

describe('whatever happens', () => {
  it('never runs two at once unless that is allowed, never tries too often, and settles with no more than it keeps', () => {
    const settings = fc.record({
      concurrency: fc.constantFrom('allow', 'forbid', 'replace'),
      retries: fc.nat(3),
      keep: fc.integer({ min: 1, max: 3 }),
      timeoutMs: fc.constantFrom(null, 10_000),
      cron: fc.constantFrom(null, everyMinute),
    });
    fc.assert(
      fc.property(settings, fc.array(chances, { maxLength: 40 }), fc.boolean(), (chosen, story, deleted) => {
        const { retries, timeoutMs, ...wished } = chosen;
        const world: World = {
          wish: job({ ...wished, nextAt: chosen.cron && start } as Partial<JobWish>),
          ...{ runs: [], attempts: new Map(), made: { retries, timeoutMs } },
        };
        let now = start;
        for (const chance of story) {
          befall(world, chance);
          now += chance.waitMs;
          const { actions } = jobPlan(world.wish, world.runs, now);
          const some = chance.all ? actions : actions.slice(chance.pick % (actions.length + 1)).slice(0, 1);
          for (const action of some) carryOut(world, action, now);
          const running = world.runs.filter(({ container }) => container.is === 'running').length;
          if (world.wish.concurrency !== 'allow') expect(running).toBeLessThanOrEqual(1);
        }
        world.wish = { ...world.wish, state: deleted ? 'deleting' : 'suspended' };
        for (let round = 0; round < 400; round++) {
          const { actions, wakeAt } = jobPlan(world.wish, world.runs, now);
          for (const action of actions) carryOut(world, action, now);
          if (actions.length === 0 && wakeAt === null) break;
          for (const one of world.runs) if (one.container.is === 'running') one.container = exited(1);
          now += 10_000;
        }
        expect(jobPlan(world.wish, world.runs, now)).toEqual({ actions: [], wakeAt: null, gone: deleted });
        for (const attempts of world.attempts.values()) expect(attempts).toBeLessThanOrEqual(chosen.retries + 1);
        expect(world.runs.length).toBeLessThanOrEqual(deleted ? 0 : chosen.keep);
        expect(world.runs.every(({ state }) => !['pending', 'running'].includes(state))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
