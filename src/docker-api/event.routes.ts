import { eventsFollow, eventsFrom, eventsFromTime } from '../app/event-read.ts';
import { filtersRead } from '../policy/filters.ts';
import { logTimeRead } from '../policy/log-time.ts';
import { nanoTimeOfSeconds } from '../policy/nano-time.ts';
import type { Call, Reply, Route } from './route.ts';
import { eventFilterNames, eventMatches, eventView } from './views/event.ts';
import type { Filters } from './views/filter-match.ts';

export const eventRoutes: readonly Route[] = [
  { method: 'GET', path: '/events', scope: 'read', query: ['since', 'until', 'filters'], body: 'none', handle: events },
];

const everything = { types: ['builder', 'container', 'image', 'network', 'volume'], actions: null, container: null, deployment: null };

/** From `since` (absent: now) to `until` (absent: until the client goes), in one order over all hosts. */
async function events(call: Call): Promise<Reply> {
  const { scope, query } = call;
  const filters = filtersRead(query.get('filters') ?? null, eventFilterNames);
  const [since, until] = (['since', 'until'] as const).map((name) => logTimeRead(name, query.get(name) ?? null));
  const from = since === undefined ? await eventsFrom(scope, null) : await eventsFromTime(scope, nanoTimeOfSeconds(since));
  const untilNano = until === undefined ? null : nanoTimeOfSeconds(until);
  return { kind: 'stream', status: 200, headers: { 'Content-Type': 'application/json' }, body: lines(call, from, untilNano, filters) };
}

/** What happens on a host is in the history after this time at the latest, so an end that was just now is waited past. */
const writtenMs = 500;

async function* lines({ app, scope, signal }: Call, from: number, untilNano: bigint | null, filters: Filters): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const leftMs = untilNano === null ? Number.POSITIVE_INFINITY : Number(untilNano / 1_000_000n) + writtenMs - Date.now();
  const wait = leftMs > 0 ? app.eventWait : null;
  const over = new AbortController();
  const timer = Number.isFinite(leftMs) && leftMs > 0 ? setTimeout(() => over.abort(), Math.min(leftMs, 2 ** 31 - 1)) : undefined;
  try {
    for await (const row of eventsFollow(scope, from, everything, wait, AbortSignal.any([signal, over.signal]))) {
      if (untilNano !== null && row.timeNano > untilNano) continue;
      if (eventMatches(row, filters)) yield encoder.encode(`${JSON.stringify(eventView(row))}\n`);
    }
  } finally {
    clearTimeout(timer);
  }
}
