import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plan } from '../../../src/reconcile/plan.ts';
import type { Action, Replica, Wish } from '../../../src/reconcile/plan-types.ts';

const base: Wish = {
  state: 'active',
  replicas: 3,
  revision: 1,
  restarts: 0,
  stableRevision: null,
  update: {
    parallelism: 1,
    order: 'start-first',
    delayMs: 0,
    healthDeadlineMs: 60_000,
    monitorMs: 2_000,
    failureAction: 'rollback',
    maxFailureRatio: 0,
  },
  restart: { condition: 'any', delayMs: 1_000, maxAttempts: null },
  failures: 0,
  batchAt: 0,
  failuresInRow: 0,
  failedAt: 0,
};

const replica = (over: Partial<Replica> & { slot: number }): Replica => ({
  id: `r${over.slot}`,
  revision: 1,
  restarts: 0,
  phase: 'ready',
  runs: true,
  since: 0,
  host: 'here',
  pinned: false,
  ...over,
});

const arbitraryWish = fc.record({
  state: fc.constant('active' as const),
  replicas: fc.integer({ min: 0, max: 6 }),
  revision: fc.integer({ min: 1, max: 3 }),
  restarts: fc.integer({ min: 0, max: 1 }),
  stableRevision: fc.option(fc.integer({ min: 1, max: 3 })),
  update: fc.record({
    parallelism: fc.integer({ min: 1, max: 4 }),
    order: fc.constantFrom('start-first' as const, 'stop-first' as const),
    delayMs: fc.constantFrom(0, 5_000),
    healthDeadlineMs: fc.constant(30_000),
    monitorMs: fc.constantFrom(0, 2_000),
    failureAction: fc.constant('continue' as const),
    maxFailureRatio: fc.constant(0),
  }),
  restart: fc.constant({ condition: 'any' as const, delayMs: 1_000, maxAttempts: null }),
  failures: fc.constant(0),
  batchAt: fc.constant(0),
  failuresInRow: fc.constant(0),
  failedAt: fc.constant(0),
});

const arbitraryReplicas = fc
  .uniqueArray(
    fc.record({
      slot: fc.integer({ min: 0, max: 9 }),
      revision: fc.integer({ min: 1, max: 3 }),
      restarts: fc.integer({ min: 0, max: 1 }),
      phase: fc.constantFrom('starting' as const, 'ready' as const, 'failed' as const, 'draining' as const, 'removing' as const),
      runs: fc.boolean(),
      since: fc.integer({ min: 0, max: 100_000 }),
      host: fc.constantFrom('here' as const, 'here' as const, 'leaving' as const, 'silent' as const, 'lost' as const),
      pinned: fc.constant(false),
    }),
    { selector: ({ slot }) => slot, maxLength: 8 },
  )
  .map((all) => all.map((one) => ({ ...one, id: `r${one.slot}` })));

/** Carries out a plan as a world in which everything works would, a second later. */
function carryOut(replicas: Replica[], wish: Wish, actions: Action[], now: number): Replica[] {
  let world = replicas
    .filter(({ phase }) => phase !== 'removing')
    .filter(({ phase, since }) => phase !== 'draining' || now < since + 1_000);
  world = world.map((one) => (one.phase === 'starting' ? { ...one, phase: 'ready' as const, since: now } : one));
  for (const action of actions) {
    if (action.do === 'remove') world = world.map((one) => (one.id === action.id ? { ...one, phase: 'removing' as const } : one));
    if (action.do === 'drain')
      world = world.map((one) => (one.id === action.id ? { ...one, phase: 'draining' as const, since: now } : one));
    if (action.do === 'create')
      world.push(
        replica({
          slot: action.slot,
          id: `n${now}-${action.slot}`,
          revision: action.revision,
          restarts: wish.restarts,
          phase: 'starting',
          since: now,
        }),
      );
  }
  return world;
}

const present = (all: readonly Replica[]) => all.filter(({ host }) => host !== 'lost');
const ready = (all: readonly Replica[]) => present(all).filter(({ phase }) => phase === 'ready').length;

describe('whatever is wished and whatever is there', () => {
  it('becomes what is wished, and then nothing more is done', () => {
    fc.assert(
      fc.property(arbitraryWish, arbitraryReplicas, (wish, start) => {
        let world: Replica[] = start;
        let now = 200_000;
        for (let step = 0; step < 200; step++, now += 1_000) {
          const { actions, status } = plan(wish, world, now);
          if (status.phase === 'ready' && actions.length === 0 && world.length === wish.replicas) break;
          world = carryOut(world, wish, actions, now);
        }
        expect(world).toHaveLength(wish.replicas);
        for (const one of world)
          expect(one).toMatchObject({
            phase: 'ready',
            revision: wish.revision,
            restarts: wish.restarts,
            host: expect.stringMatching(/here|silent/),
          });
      }),
      { numRuns: 1_000 },
    );
  });

  it('never has more than the replicas and one batch, unless there were more before', () => {
    fc.assert(
      fc.property(arbitraryWish, arbitraryReplicas, (wish, start) => {
        const surge = wish.update.order === 'start-first' ? wish.update.parallelism : 0;
        let world: Replica[] = start;
        for (let step = 0, now = 200_000; step < 60; step++, now += 1_000) {
          const { actions } = plan(wish, world, now);
          const created = actions.filter((action) => action.do === 'create').length;
          if (created > 0) expect(present(world).length + created).toBeLessThanOrEqual(wish.replicas + surge);
          const slots = actions.flatMap((action) => (action.do === 'create' ? [action.slot] : []));
          expect(new Set([...present(world).map(({ slot }) => slot), ...slots]).size).toBe(present(world).length + slots.length);
          world = carryOut(world, wish, actions, now);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('never takes a ready one away that is needed', () => {
    fc.assert(
      fc.property(arbitraryWish, arbitraryReplicas, (wish, start) => {
        const floor = Math.max(0, wish.replicas - (wish.update.order === 'stop-first' ? wish.update.parallelism : 0));
        let world: Replica[] = start;
        for (let step = 0, now = 200_000; step < 60; step++, now += 1_000) {
          const { actions } = plan(wish, world, now);
          const taken = actions
            .filter((action) => action.do === 'drain' || action.do === 'remove')
            .map((action) => (action as { id: string }).id);
          const before = ready(world);
          const after = ready(world.filter(({ id }) => !taken.includes(id)));
          if (after < before) expect(after).toBeGreaterThanOrEqual(Math.min(floor, before));
          world = carryOut(world, wish, actions, now);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the same plan for the same question', () => {
    fc.assert(
      fc.property(arbitraryWish, arbitraryReplicas, (wish, world) => {
        expect(plan(wish, world, 1_000)).toEqual(plan(wish, world, 1_000));
      }),
    );
  });
});

describe('an update', () => {
  const updating = { ...base, revision: 2, stableRevision: 1 };
  const old = [0, 1, 2].map((slot) => replica({ slot }));

  it('starts a new replica before an old one goes', () => {
    expect(plan(updating, old, 1_000).actions).toEqual([{ do: 'create', slot: 3, revision: 2 }]);
  });

  it('takes an old one away once the new one stayed ready for the time it is watched', () => {
    const world = [...old, replica({ slot: 3, revision: 2, since: 1_000 })];
    expect(plan(updating, world, 2_000).actions).toEqual([]);
    expect(plan(updating, world, 2_000).wakeAt).toBe(3_000);
    expect(plan(updating, world, 3_000).actions).toContainEqual({ do: 'drain', id: 'r2' });
  });

  it('stops an old one first where that is asked for', () => {
    const first = { ...updating, update: { ...base.update, order: 'stop-first' as const } };
    expect(plan(first, old, 1_000).actions).toEqual([{ do: 'drain', id: 'r2' }]);
  });

  it('goes back when a new replica fails, and leaves the old ones serving', () => {
    const world = [...old, replica({ slot: 3, revision: 2, phase: 'failed' })];
    expect(plan({ ...updating, failures: 1 }, world, 1_000).actions).toEqual([{ do: 'rollback' }]);
  });

  it('is held where that is asked for', () => {
    const world = [...old, replica({ slot: 3, revision: 2, phase: 'failed' })];
    const wish = { ...updating, failures: 1, update: { ...base.update, failureAction: 'pause' as const } };
    expect(plan(wish, world, 1_000).actions).toEqual([{ do: 'hold', reason: 'its replicas do not become ready' }]);
  });

  it('is tried on where there is nothing to go back to', () => {
    const world = [replica({ slot: 0, revision: 2, phase: 'failed', runs: false })];
    expect(
      plan({ ...updating, replicas: 1, stableRevision: null, failures: 1, failuresInRow: 1, failedAt: 500 }, world, 1_000),
    ).toMatchObject({
      actions: [{ do: 'remove', id: 'r0' }],
      status: { phase: 'degraded' },
    });
  });
});

describe('a replica that ends', () => {
  it('is made again at once the first time, and later with each failure in a row', () => {
    const world = [replica({ slot: 0 }), replica({ slot: 1 }), replica({ slot: 2, phase: 'failed', runs: false })];
    expect(plan(base, world, 1_000).actions).toEqual([{ do: 'remove', id: 'r2' }]);
    const gone = world.slice(0, 2);
    expect(plan(base, gone, 1_000).actions).toEqual([{ do: 'create', slot: 2, revision: 1 }]);
    const again = plan({ ...base, failuresInRow: 3, failedAt: 1_000 }, gone, 1_000);
    expect(again.actions).toEqual([]);
    expect(again.wakeAt).toBe(5_000);
  });

  it('and runs on, since it is unhealthy, is drained while the one in its place begins', () => {
    const world = [replica({ slot: 0 }), replica({ slot: 1 }), replica({ slot: 2, phase: 'failed' })];
    expect(plan(base, world, 1_000).actions).toEqual([
      { do: 'drain', id: 'r2' },
      { do: 'create', slot: 3, revision: 1 },
    ]);
    const drained = [...world.slice(0, 2), replica({ slot: 2, phase: 'draining' })];
    expect(plan(base, drained, 1_000).actions).toEqual([{ do: 'create', slot: 3, revision: 1 }]);
  });

  it('and runs on makes room first where an old one is stopped first', () => {
    const wish = { ...base, update: { ...base.update, order: 'stop-first' as const } };
    const world = [replica({ slot: 0 }), replica({ slot: 1 }), replica({ slot: 2, phase: 'failed' })];
    expect(plan(wish, world, 1_000).actions).toEqual([{ do: 'drain', id: 'r2' }]);
  });

  it('stays as it ended when its restart policy says so', () => {
    const wish = { ...base, restart: { condition: 'on-failure' as const, delayMs: 1_000, maxAttempts: null } };
    const world = [replica({ slot: 0 }), replica({ slot: 1 }), replica({ slot: 2, phase: 'finished' })];
    expect(plan(wish, world, 1_000).actions).toEqual([]);
  });
});

describe('a host', () => {
  it('that is lost has its replicas made elsewhere, and theirs removed', () => {
    const world = [replica({ slot: 0 }), replica({ slot: 1 }), replica({ slot: 2, host: 'lost' })];
    expect(plan(base, world, 1_000).actions).toEqual([
      { do: 'remove', id: 'r2' },
      { do: 'create', slot: 3, revision: 1 },
    ]);
  });

  it('that is lost keeps a replica whose volume is only there, and says so', () => {
    const world = [replica({ slot: 0 }), replica({ slot: 1 }), replica({ slot: 2, host: 'lost', pinned: true })];
    const { actions, status } = plan(base, world, 1_000);
    expect(actions).toEqual([]);
    expect(status.phase).toBe('degraded');
    expect(status.reason).toContain('a host that is lost');
  });

  it('that is silent keeps its replicas, which are not said to be as wished', () => {
    const world = [replica({ slot: 0 }), replica({ slot: 1 }), replica({ slot: 2, host: 'silent' })];
    const { actions, status } = plan(base, world, 1_000);
    expect(actions).toEqual([]);
    expect(status.phase).toBe('degraded');
    expect(status.reason).toContain('a host whose engine does not answer');
  });

  it('that is leaving gives its replicas away without one less serving', () => {
    const world = [replica({ slot: 0 }), replica({ slot: 1, host: 'leaving' })];
    expect(plan({ ...base, replicas: 2 }, world, 5_000).actions).toEqual([{ do: 'create', slot: 2, revision: 1 }]);
  });
});

describe('a deployment that is deleted', () => {
  it('drains what runs, removes what does not, and is gone with the last', () => {
    const wish = { ...base, state: 'deleting' as const };
    const dead = replica({ slot: 1, phase: 'failed', runs: false });
    expect(plan(wish, [replica({ slot: 0 }), dead, replica({ slot: 2, phase: 'failed' })], 0).actions).toEqual([
      { do: 'drain', id: 'r0' },
      { do: 'remove', id: 'r1' },
      { do: 'drain', id: 'r2' },
    ]);
    expect(plan(wish, [], 0).status.phase).toBe('gone');
  });
});
