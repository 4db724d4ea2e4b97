import type { Action, Plan, Replica, Wish } from './plan-types.ts';

const restartDelayMaxMs = 60_000;

/**
 * What is missing between what is wished and what is: pure, so that it can be tried on any two of them. It never has more living
 * replicas than wished plus one batch (start-first), and never takes a ready one away below wished minus one batch (stop-first).
 * An action that is under way shows in the next observation (its slot is taken, its phase changed), so it is not given twice.
 */
export function plan(wish: Wish, observed: readonly Replica[], now: number): Plan {
  if (wish.state === 'deleting') return planDelete(observed);
  // A pinned replica on a lost host keeps its place: made elsewhere, it would begin empty.
  const present = observed.filter((replica) => replica.host !== 'lost' || replica.pinned);
  const stale = observed.filter((replica) => replica.host === 'lost' && !replica.pinned && replica.phase !== 'removing');
  const actions: Action[] = stale.map(({ id }) => ({ do: 'remove', id }));
  if (wish.state === 'paused') return { actions, status: { phase: 'degraded', reason: 'paused' }, wakeAt: null };

  const living = present.filter(({ phase }) => phase !== 'removing');
  const ended = living.filter(({ phase }) => phase === 'failed' || phase === 'finished');
  const serving = living.filter((replica) => !ended.includes(replica));
  const current = serving.filter((replica) => isCurrent(wish, replica));
  const outdated = serving.filter((replica) => !isCurrent(wish, replica) && replica.phase !== 'draining');

  const verdict = updateVerdict(wish);
  if (verdict) return { actions: [...actions, verdict], status: { phase: 'progressing', reason: 'the update failed' }, wakeAt: null };

  const rests = restartsAt(wish, ended);
  for (const replica of ended) if (rests.restart || !isCurrent(wish, replica)) actions.push(endingOf(replica));

  const surplus = surplusOf(wish, current, outdated, now);
  for (const { id } of surplus.drain) actions.push({ do: 'drain', id });

  const wanted = creations(
    wish,
    { current, outdated, present, ended: rests.restart ? [] : ended.filter((replica) => isCurrent(wish, replica)) },
    now,
  );
  const held = wanted > 0 && rests.at > now;
  if (!held) for (const slot of freeSlots(observed, wanted)) actions.push({ do: 'create', slot, revision: wish.revision });

  const wakes = [surplus.wakeAt, held ? rests.at : null, deadlineOf(wish, current), batchWake(wish, outdated, now)].filter(
    (at) => at !== null && at > now,
  ) as number[];
  return { actions, status: statusOf(wish, { current, outdated, ended, present }), wakeAt: wakes.length > 0 ? Math.min(...wakes) : null };
}

function planDelete(observed: readonly Replica[]): Plan {
  const left = observed.filter(({ phase }) => phase !== 'removing');
  const actions: Action[] = left
    .filter(({ phase }) => phase !== 'draining')
    .map((replica) => (replica.phase === 'ready' ? { do: 'drain', id: replica.id } : endingOf(replica)));
  return {
    actions,
    status: observed.length === 0 ? { phase: 'gone', reason: '' } : { phase: 'progressing', reason: 'being deleted' },
    wakeAt: null,
  };
}

/** What failed and runs on, as an unhealthy one does, has connections that may end by themselves; what is dead has none. */
function endingOf({ id, phase, runs }: Replica): Action {
  return phase === 'failed' && runs ? { do: 'drain', id } : { do: 'remove', id };
}

function isCurrent(wish: Wish, replica: Replica): boolean {
  return replica.revision === wish.revision && replica.restarts === wish.restarts && replica.host !== 'leaving';
}

/** An update that lost too many of its replicas ends here, one way or the other. */
function updateVerdict(wish: Wish): Action | null {
  const { failureAction, maxFailureRatio } = wish.update;
  if (
    wish.stableRevision === wish.revision ||
    wish.failures === 0 ||
    wish.failures <= maxFailureRatio * wish.replicas ||
    failureAction === 'continue'
  )
    return null;
  if (failureAction === 'pause') return { do: 'hold', reason: 'its replicas do not become ready' };
  // With nothing to go back to it is tried on, later and later.
  return wish.stableRevision === null ? null : { do: 'rollback' };
}

/** Whether what ended is made again, and when: at once the first time, later and later while it goes on failing. */
function restartsAt(wish: Wish, ended: readonly Replica[]): { restart: boolean; at: number } {
  const { condition, delayMs, maxAttempts } = wish.restart;
  if (ended.some(({ phase }) => phase === 'failed') ? condition === 'none' : ended.length > 0 && condition !== 'any')
    return { restart: false, at: 0 };
  if (maxAttempts !== null && wish.failuresInRow > maxAttempts) return { restart: false, at: 0 };
  if (wish.failuresInRow === 0) return { restart: true, at: 0 };
  return { restart: true, at: wish.failedAt + Math.min(delayMs * 2 ** Math.min(wish.failuresInRow - 1, 16), restartDelayMaxMs) };
}

interface Groups {
  current: readonly Replica[];
  outdated: readonly Replica[];
  present: readonly Replica[];
  ended: readonly Replica[];
}

/** How many new replicas to begin now. */
function creations(wish: Wish, { current, outdated, present, ended }: Groups, now: number): number {
  const missing = wish.replicas - current.filter(({ phase }) => phase !== 'draining').length - ended.length;
  if (missing <= 0) return 0;
  const { parallelism, order, delayMs } = wish.update;
  // What goes with its connections may take its time: the one in its place need not wait for that.
  const overlap = outdated.length > 0 || present.some(({ phase, runs }) => phase === 'draining' || (phase === 'failed' && runs));
  const ceiling = wish.replicas + (order === 'start-first' && overlap ? parallelism : 0);
  // What is still being removed, and what drains, holds its slot until it is gone.
  const room = ceiling - present.length;
  if (outdated.length === 0) return Math.max(0, Math.min(missing, room));
  const unready = current.filter(({ phase }) => phase === 'starting').length;
  if (unready === 0 && now < wish.batchAt + delayMs) return 0;
  return Math.max(0, Math.min(missing, room, parallelism - unready));
}

/** Which replicas go: outdated ones as far as enough others serve, then what is too many. */
function surplusOf(
  wish: Wish,
  current: readonly Replica[],
  outdated: readonly Replica[],
  now: number,
): { drain: Replica[]; wakeAt: number | null } {
  const { parallelism, order, monitorMs, delayMs } = wish.update;
  const active = current.filter(({ phase }) => phase !== 'draining');
  const settled = active.filter((replica) => replica.phase === 'ready' && (outdated.length === 0 || now >= replica.since + monitorMs));
  const settlesAt =
    outdated.length === 0
      ? []
      : active.filter((replica) => replica.phase === 'ready' && !settled.includes(replica)).map(({ since }) => since + monitorMs);

  const drain: Replica[] = [];
  const floor = Math.max(0, wish.replicas - (order === 'stop-first' ? parallelism : 0));
  let serving = settled.length + outdated.filter(({ phase }) => phase === 'ready').length;
  const batchReady = order === 'start-first' || now >= wish.batchAt + delayMs;
  const pending = active.length - settled.length;
  let batch = order === 'stop-first' ? parallelism - pending : Number.POSITIVE_INFINITY;
  for (const replica of [...outdated].sort(worstFirst)) {
    const takes = replica.phase === 'ready' ? 1 : 0;
    if (takes === 1 && (serving - 1 < floor || !batchReady || batch <= 0)) continue;
    serving -= takes;
    batch -= takes;
    drain.push(replica);
  }
  const tooMany = active.length - wish.replicas;
  if (tooMany > 0) drain.push(...[...active].sort(worstFirst).slice(0, tooMany));
  return { drain, wakeAt: settlesAt.length > 0 ? Math.min(...settlesAt) : null };
}

/** Those that serve least go first; among equals the ones with the highest slot, so that a deployment scales down the way it scaled up. */
function worstFirst(a: Replica, b: Replica): number {
  const rank = ({ phase }: Replica) => (phase === 'ready' ? 1 : 0);
  return rank(a) - rank(b) || b.slot - a.slot;
}

/** A replica on a lost host has its slot until its row says that it is to be removed. */
function freeSlots(observed: readonly Replica[], count: number): number[] {
  const taken = new Set(observed.map(({ slot }) => slot));
  const free: number[] = [];
  for (let slot = 0; free.length < count; slot++) if (!taken.has(slot)) free.push(slot);
  return free;
}

function deadlineOf(wish: Wish, current: readonly Replica[]): number | null {
  const starting = current.filter(({ phase }) => phase === 'starting').map(({ since }) => since + wish.update.healthDeadlineMs);
  return starting.length > 0 ? Math.min(...starting) : null;
}

function batchWake(wish: Wish, outdated: readonly Replica[], now: number): number | null {
  const next = wish.batchAt + wish.update.delayMs;
  return outdated.length > 0 && next > now ? next : null;
}

function statusOf(wish: Wish, { current, outdated, ended, present }: Groups): Plan['status'] {
  const ready = current.filter(({ phase }) => phase === 'ready').length;
  const lost = present.filter(({ host }) => host === 'lost').length;
  if (lost > 0)
    return {
      phase: 'degraded',
      reason: `${lost} of its replicas are on a host that is lost, with volumes or networks that exist only there`,
    };
  const silent = current.filter(({ phase, host }) => phase === 'ready' && host === 'silent').length;
  if (ready === wish.replicas && outdated.length === 0 && silent > 0)
    return {
      phase: 'degraded',
      reason: `${silent} of its replicas are on a host whose engine does not answer: they were ready when it last did`,
    };
  if (ready === wish.replicas && outdated.length === 0) return { phase: 'ready', reason: '' };
  if (ended.length > 0 && ready < wish.replicas)
    return { phase: wish.failuresInRow > 0 ? 'degraded' : 'progressing', reason: 'some of its replicas ended' };
  return { phase: 'progressing', reason: outdated.length > 0 ? 'being updated' : 'replicas are starting' };
}
