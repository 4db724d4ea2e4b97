import type { Strategy } from '../types.ts';

/** The host with the most room left takes it; among equals the one with fewer containers, then one that has the image. */
export const spreadStrategy: Strategy = (host) => {
  const taken = Math.max(host.takenMemoryBytes / Math.max(host.memoryBytes, 1), host.takenNanoCpus / Math.max(host.nanoCpus, 1));
  return taken + host.containers * 1e-4 + (host.hasImage ? 0 : 1e-5);
};
