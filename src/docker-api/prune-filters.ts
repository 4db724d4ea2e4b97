import type { PruneMatch } from '../app/container-prune.ts';
import { BerthError } from '../domain/errors.ts';
import { filtersRead } from '../policy/filters.ts';
import { momentRead } from '../policy/moment.ts';
import type { Call } from './route.ts';
import { type Filters, filterLabels } from './views/filter-match.ts';

/** The filters of a prune, beside those of its own kind. Source: moby, daemon/prune.go; several `label!` leave out what has all of them. */
export function pruneFiltersRead({ query }: Call, own: readonly string[]): { filters: Filters; matches: PruneMatch } {
  const filters = filtersRead(query.get('filters'), ['label', 'label!', ...own]);
  const until = filters.get('until') ?? [];
  if (until.length > 1) throw new BerthError('malformed', 'more than one until filter specified');
  const before = until[0] === undefined ? Number.POSITIVE_INFINITY : momentRead('until', until[0], Date.now());
  const without = (filters.get('label!') ?? []).length > 0;
  return {
    filters,
    matches: ({ labels, createdAt }) =>
      createdAt.getTime() <= before && filterLabels(filters, labels) && !(without && filterLabels(filters, labels, 'label!')),
  };
}
