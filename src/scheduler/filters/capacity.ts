import type { Filter } from '../types.ts';

export const capacityFilter: Filter = (host, request) => {
  if (host.takenMemoryBytes + request.memoryBytes > host.memoryBytes) return 'without enough free memory';
  return host.takenNanoCpus + request.nanoCpus > host.nanoCpus ? 'without enough free cpu' : null;
};
