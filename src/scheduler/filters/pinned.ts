import type { Filter } from '../types.ts';

export const pinnedFilter: Filter = (host, request) =>
  request.pinnedTo.every((id) => id === host.id) ? null : 'not where its networks, volumes or the containers it joins are';
