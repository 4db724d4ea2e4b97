import type { Filter } from '../types.ts';

export const peersFilter: Filter = (host, request) => {
  const most = request.maxPerHost ?? null;
  return most !== null && (request.peers?.get(host.id) ?? 0) >= most ? 'already running as many replicas as allowed on one host' : null;
};
