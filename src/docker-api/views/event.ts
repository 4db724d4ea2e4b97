import type { EventRow } from '../../db/store/event.ts';
import { type Filters, filterExact, filterLabels } from './filter-match.ts';

export const eventFilterNames = ['container', 'daemon', 'event', 'image', 'label', 'network', 'scope', 'type', 'volume'] as const;

/** One event as `GET /events` sends it. Source: moby, api/types/events; what stands before `Type` is what clients before 1.22 read. */
export function eventView({ type, action, actorId, attributes, timeNano }: EventRow): object {
  const old = type === 'container' ? { from: attributes.image ?? '' } : {};
  return {
    ...((type === 'container' || type === 'image') && { status: action, id: actorId, ...old }),
    ...{ Type: type, Action: action, Actor: { ID: actorId, Attributes: attributes }, scope: 'local' },
    ...{ time: Number(timeNano / 1_000_000_000n), timeNano: Number(timeNano) },
  };
}

/** These come with more behind them, and are found by their beginning. */
const openActions = ['health_status', 'exec_create', 'exec_start'];

/**
 * Whether filters let an event through, as moby compares (daemon/events/filter.go): a name or id counts by its beginning, whatever the
 * event is about. Deployments are none of Docker's things.
 */
export function eventMatches({ type, action, actorId, attributes }: EventRow, filters: Filters): boolean {
  const begins = (name: string, text: string | undefined) => any(filters, name, (wanted) => text?.startsWith(wanted) === true);
  const about = (name: string) => begins(name, actorId) || begins(name, attributes.name);
  const open = (filters.get('event') ?? []).some((wanted) => openActions.includes(wanted));
  return (
    type !== 'deployment' &&
    filterExact(filters, 'type', type) &&
    filterExact(filters, 'scope', 'local') &&
    (open ? begins('event', action) : filterExact(filters, 'event', action)) &&
    ['daemon', 'container', 'volume', 'network'].every(about) &&
    imageMatches(filters, [actorId, attributes[type === 'image' ? 'name' : 'image']]) &&
    filterLabels(filters, attributes)
  );
}

function imageMatches(filters: Filters, texts: (string | undefined)[]): boolean {
  const names = texts.flatMap((text) => (text === undefined ? [] : [text, text.replace(/:[^:/]*$/, '')]));
  return any(filters, 'image', (wanted) => names.includes(wanted));
}

function any(filters: Filters, name: string, means: (wanted: string) => boolean): boolean {
  const values = filters.get(name) ?? [];
  return values.length === 0 || values.some(means);
}
