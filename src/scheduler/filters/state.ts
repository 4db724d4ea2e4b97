import type { Filter } from '../types.ts';

export const stateFilter: Filter = (host) => {
  if (host.state !== 'ready') return 'not reachable or not ready';
  return host.cordoned || host.upkeep !== 'none' ? 'taking no new containers' : null;
};
