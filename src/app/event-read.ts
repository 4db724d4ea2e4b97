import type { TenantScope } from '../db/scope.ts';
import { type EventFilter, type EventRow, eventsAfter, eventsKept, eventsSince } from '../db/store/event.ts';
import { BerthError } from '../domain/errors.ts';

const pageRows = 200;

/** Resolves when the tenant's history may have grown, at the latest after a second, or when the signal fires. */
export type EventWait = (tenantId: string, signal: AbortSignal) => Promise<void>;

export function eventsPage(scope: TenantScope, after: number, filter: EventFilter, limit: number): Promise<EventRow[]> {
  return eventsAfter(scope, after, filter, limit);
}

/** Where in the tenant's history to begin: after one that was read, or at the end of it. Throws `gone` when what follows is not kept any more. */
export async function eventsFrom(scope: TenantScope, after: number | null): Promise<number> {
  const { last, pruned } = await eventsKept(scope);
  if (after !== null && after < pruned)
    throw new BerthError(
      'gone',
      'Events after that one are not kept any more: they are kept for 7 days. Read what there is now, and go on without Last-Event-ID.',
    );
  return after ?? last;
}

/** The place after which everything of this time (nanoseconds) or later stands. */
export function eventsFromTime(scope: TenantScope, timeNano: bigint): Promise<number> {
  return eventsSince(scope, timeNano);
}

/** Those after `after` as they are written, in order. `wait` null: those that there are. Ends when the signal fires. */
export async function* eventsFollow(
  scope: TenantScope,
  after: number,
  filter: EventFilter,
  wait: EventWait | null,
  signal: AbortSignal,
): AsyncGenerator<EventRow> {
  for (let seen = after; !signal.aborted; ) {
    // Asked for before the page is read: what is written in between rings the bell.
    const grown = wait?.(scope.tenantId, signal);
    const rows = await eventsAfter(scope, seen, filter, pageRows);
    yield* rows;
    seen = rows.at(-1)?.seq ?? seen;
    if (rows.length === pageRows) continue;
    if (!grown) return;
    await grown;
  }
}
